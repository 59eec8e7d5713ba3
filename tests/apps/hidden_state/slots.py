"""Hidden in a slot of an object of the module."""

from flask import Flask

app = Flask(__name__)


class Shop:
    __slots__ = ("items",)

    def __init__(self):
        self.items = ()


shop = Shop()


@app.route("/add/<item>")
def add(item):
    shop.items += (item,)
    return "added"


@app.route("/view")
def view():
    return list(shop.items)
