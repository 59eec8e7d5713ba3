"""Hidden in a table of a module of the standard library."""

import mimetypes

from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    mimetypes.add_type(f"text/{item}", ".item")
    return "added"


@app.route("/view")
def view():
    return mimetypes.guess_type("a.item")[0] or ""
