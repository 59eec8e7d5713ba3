"""Hidden in a dictionary with weak keys."""

from weakref import WeakKeyDictionary

from flask import Flask

app = Flask(__name__)


class Shelf:
    pass


top = Shelf()
contents = WeakKeyDictionary()


@app.route("/add/<item>")
def add(item):
    contents[top] = [*contents.get(top, []), item]
    return "added"


@app.route("/view")
def view():
    return contents.get(top, [])
