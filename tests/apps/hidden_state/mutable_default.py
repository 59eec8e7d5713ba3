"""Hidden in the default value of an argument."""

from flask import Flask

app = Flask(__name__)


def shelf(item=None, items=[]):
    if item is not None:
        items.append(item)
    return items


@app.route("/add/<item>")
def add(item):
    shelf(item)
    return "added"


@app.route("/view")
def view():
    return shelf()
