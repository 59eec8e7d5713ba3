"""Hidden in an attribute of a base class, changed through a class method of the derived one."""

from flask import Flask

app = Flask(__name__)


class Shop:
    items = ()

    @classmethod
    def put(cls, item):
        Shop.items = (*cls.items, item)


class Bakery(Shop):
    pass


@app.route("/add/<item>")
def add(item):
    Bakery.put(item)
    return "added"


@app.route("/view")
def view():
    return list(Bakery.items)
