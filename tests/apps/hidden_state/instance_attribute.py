"""Hidden in an attribute of an object of the module."""

from flask import Flask

app = Flask(__name__)


class Shop:
    def __init__(self):
        self.items = []

    def put(self, item):
        self.items.append(item)


shop = Shop()


@app.route("/add/<item>")
def add(item):
    shop.put(item)
    return "added"


@app.route("/view")
def view():
    return shop.items
