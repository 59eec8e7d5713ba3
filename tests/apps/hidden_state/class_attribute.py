"""Hidden in an attribute of a class."""

from flask import Flask

app = Flask(__name__)


class Shop:
    items = []


@app.route("/add/<item>")
def add(item):
    Shop().items.append(item)
    return "added"


@app.route("/view")
def view():
    return Shop.items
