"""Hidden in a name among the builtins."""

import builtins

from flask import Flask

app = Flask(__name__)
builtins.items = []


@app.route("/add/<item>")
def add(item):
    builtins.items.append(item)
    return "added"


@app.route("/view")
def view():
    return builtins.items
