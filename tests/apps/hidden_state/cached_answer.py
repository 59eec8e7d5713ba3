"""Hidden in what lru_cache remembers of earlier calls."""

from functools import lru_cache

from flask import Flask

app = Flask(__name__)


@lru_cache(maxsize=None)
def number_of(item):
    return number_of.cache_info().currsize


@app.route("/add/<item>")
def add(item):
    number_of(item)
    return "added"


@app.route("/view")
def view():
    return str(number_of.cache_info().currsize)
