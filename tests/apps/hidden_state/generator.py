"""Hidden in a local variable of a generator that is half done."""

from flask import Flask

app = Flask(__name__)


def keeper():
    items = []
    while True:
        item = yield items
        if item is not None:
            items.append(item)


shelf = keeper()
next(shelf)


@app.route("/add/<item>")
def add(item):
    shelf.send(item)
    return "added"


@app.route("/view")
def view():
    return next(shelf)
