"""Hidden in a set of the module."""

from flask import Flask

app = Flask(__name__)
seen = set()


@app.route("/add/<item>")
def add(item):
    seen.add(item)
    return "added"


@app.route("/view")
def view():
    return sorted(seen)
