"""Hidden in an environment variable."""

import os

from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    os.environ["ITEMS"] = f"{os.environ.get('ITEMS', '')} {item}"
    return "added"


@app.route("/view")
def view():
    return os.environ.get("ITEMS", "")
