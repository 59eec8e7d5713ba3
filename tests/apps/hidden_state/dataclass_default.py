"""Hidden in an object that is the default of a dataclass field."""

from dataclasses import dataclass

from flask import Flask

app = Flask(__name__)


class Shelf:
    def __init__(self):
        self.items = []


@dataclass
class Basket:
    shelf: Shelf = Shelf()


@app.route("/add/<item>")
def add(item):
    Basket().shelf.items.append(item)
    return "added"


@app.route("/view")
def view():
    return Basket().shelf.items
