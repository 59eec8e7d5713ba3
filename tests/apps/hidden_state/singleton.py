"""Hidden in the only object of its class."""

from flask import Flask

app = Flask(__name__)


class Shop:
    _only = None

    def __new__(cls):
        if cls._only is None:
            cls._only = super().__new__(cls)
            cls._only.items = []
        return cls._only


@app.route("/add/<item>")
def add(item):
    Shop().items.append(item)
    return "added"


@app.route("/view")
def view():
    return Shop().items
