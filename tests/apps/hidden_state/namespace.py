"""Hidden in a namespace of Python's own."""

from types import SimpleNamespace

from flask import Flask

app = Flask(__name__)
basket = SimpleNamespace(items=[])


@app.route("/add/<item>")
def add(item):
    basket.items.append(item)
    return "added"


@app.route("/view")
def view():
    return basket.items
