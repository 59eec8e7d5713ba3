"""Hidden in a list that lru_cache hands out again and again."""

from functools import lru_cache

from flask import Flask

app = Flask(__name__)


@lru_cache
def shelf():
    return []


@app.route("/add/<item>")
def add(item):
    shelf().append(item)
    return "added"


@app.route("/view")
def view():
    return shelf()
