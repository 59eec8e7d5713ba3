"""Hidden in an attribute of a function."""

from flask import Flask

app = Flask(__name__)


def shelf():
    return shelf.items


shelf.items = []


@app.route("/add/<item>")
def add(item):
    shelf().append(item)
    return "added"


@app.route("/view")
def view():
    return shelf()
