"""Hidden in a global name that is bound anew."""

from flask import Flask

app = Flask(__name__)
newest = ()


@app.route("/add/<item>")
def add(item):
    global newest
    newest = (*newest, item)
    return "added"


@app.route("/view")
def view():
    return list(newest)
