"""Hidden in a cached property of an object of the module."""

from functools import cached_property

from flask import Flask

app = Flask(__name__)


class Shop:
    @cached_property
    def items(self):
        return []


shop = Shop()


@app.route("/add/<item>")
def add(item):
    shop.items.append(item)
    return "added"


@app.route("/view")
def view():
    return shop.items
