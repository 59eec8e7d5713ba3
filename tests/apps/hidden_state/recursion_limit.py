"""Hidden in a setting of the interpreter."""

import sys

from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    sys.setrecursionlimit(sys.getrecursionlimit() + 1)
    return "added"


@app.route("/view")
def view():
    return str(sys.getrecursionlimit())
