"""Hidden in a dictionary of the module."""

from flask import Flask

app = Flask(__name__)
numbers = {}


@app.route("/add/<item>")
def add(item):
    numbers[item] = len(numbers)
    return "added"


@app.route("/view")
def view():
    return numbers
