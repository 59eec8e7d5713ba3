"""Hidden in a context variable, which a worker keeps from request to request."""

from contextvars import ContextVar

from flask import Flask

app = Flask(__name__)
basket = ContextVar("basket", default=())


@app.route("/add/<item>")
def add(item):
    basket.set((*basket.get(), item))
    return "added"


@app.route("/view")
def view():
    return list(basket.get())
