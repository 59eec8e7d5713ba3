"""Hidden in how far an iterator has come."""

from flask import Flask

app = Flask(__name__)
tickets = iter(range(100, 1000))


@app.route("/add/<item>")
def add(item):
    next(tickets)
    return "added"


@app.route("/view")
def view():
    return repr(tickets.__reduce__())
