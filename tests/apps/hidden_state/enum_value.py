"""Hidden in the value of an enum member."""

from enum import Enum

from flask import Flask

app = Flask(__name__)


class Shelf(Enum):
    TOP = []


@app.route("/add/<item>")
def add(item):
    Shelf.TOP.value.append(item)
    return "added"


@app.route("/view")
def view():
    return Shelf.TOP.value
