"""Hidden in a threading.local, on the one thread of the worker."""

from threading import local

from flask import Flask

app = Flask(__name__)
mine = local()


@app.route("/add/<item>")
def add(item):
    mine.items = [*getattr(mine, "items", []), item]
    return "added"


@app.route("/view")
def view():
    return getattr(mine, "items", [])
