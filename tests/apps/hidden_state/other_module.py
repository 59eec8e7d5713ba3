"""Hidden in another module of the app."""

import other_module_shelf as shelf
from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    shelf.put(item)
    return "added"


@app.route("/view")
def view():
    return shelf.items
