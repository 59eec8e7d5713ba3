"""Hidden in a name of an outer function that is bound anew."""

from flask import Flask

app = Flask(__name__)


def make_shelf():
    items = ""

    def put(item):
        nonlocal items
        items = f"{items} {item}"

    return put, lambda: items


put, look = make_shelf()


@app.route("/add/<item>")
def add(item):
    put(item)
    return "added"


@app.route("/view")
def view():
    return look()
