"""Hidden in a collections.Counter."""

from collections import Counter

from flask import Flask

app = Flask(__name__)
sold = Counter()


@app.route("/add/<item>")
def add(item):
    sold[item] += 1
    return "added"


@app.route("/view")
def view():
    return dict(sold)
