"""Hidden in the SimpleCache of Flask-Caching."""

from flask import Flask
from flask_caching import Cache

app = Flask(__name__)
cache = Cache(app, config={"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 0})


@app.route("/add/<item>")
def add(item):
    cache.set("items", [*(cache.get("items") or []), item])
    return "added"


@app.route("/view")
def view():
    return cache.get("items") or []
