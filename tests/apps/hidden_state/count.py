"""Hidden in how far itertools.count has come."""

from itertools import count

from flask import Flask

app = Flask(__name__)
tickets = count(1)


@app.route("/add/<item>")
def add(item):
    next(tickets)
    return "added"


@app.route("/view")
def view():
    return repr(tickets)
