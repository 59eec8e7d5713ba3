"""Hidden in the default of a context variable."""

from contextvars import ContextVar

from flask import Flask

app = Flask(__name__)
basket = ContextVar("basket", default=[])


@app.route("/add/<item>")
def add(item):
    basket.get().append(item)
    return "added"


@app.route("/view")
def view():
    return basket.get()
