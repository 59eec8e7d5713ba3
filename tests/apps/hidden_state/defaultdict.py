"""Hidden in a collections.defaultdict."""

from collections import defaultdict

from flask import Flask

app = Flask(__name__)
shelves = defaultdict(list)


@app.route("/add/<item>")
def add(item):
    shelves["top"].append(item)
    return "added"


@app.route("/view")
def view():
    return shelves["top"]
