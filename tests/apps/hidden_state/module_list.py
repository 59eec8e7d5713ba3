"""Hidden in a list of the module."""

from flask import Flask

app = Flask(__name__)
the_list = []


@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return "added"


@app.route("/view")
def view():
    return the_list
