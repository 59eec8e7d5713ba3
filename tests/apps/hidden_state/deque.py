"""Hidden in a collections.deque."""

from collections import deque

from flask import Flask

app = Flask(__name__)
newest = deque(maxlen=100)


@app.route("/add/<item>")
def add(item):
    newest.appendleft(item)
    return "added"


@app.route("/view")
def view():
    return list(newest)
