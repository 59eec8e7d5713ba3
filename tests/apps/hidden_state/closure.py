"""Hidden in a list that two closures share."""

from flask import Flask

app = Flask(__name__)


def make_shelf():
    items = []

    def put(item):
        items.append(item)

    def look():
        return items

    return put, look


put, look = make_shelf()


@app.route("/add/<item>")
def add(item):
    put(item)
    return "added"


@app.route("/view")
def view():
    return look()
