from flask import Flask

from .data import items

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    items.append(item)
    return items


@app.route("/view")
def view():
    return items
