"""Hidden in a global list of somebody else's module."""

import bottle
from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    bottle.TEMPLATE_PATH.append(item)
    return "added"


@app.route("/view")
def view():
    return bottle.TEMPLATE_PATH
