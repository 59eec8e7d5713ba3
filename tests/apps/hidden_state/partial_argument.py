"""Hidden in an argument that functools.partial keeps."""

from functools import partial

from flask import Flask

app = Flask(__name__)


def place(items, item):
    items.append(item)


put = partial(place, [])


@app.route("/add/<item>")
def add(item):
    put(item)
    return "added"


@app.route("/view")
def view():
    return put.args[0]
