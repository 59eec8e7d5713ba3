"""Hidden among the extensions of the Flask app."""

from flask import Flask

app = Flask(__name__)


class Basket:
    def __init__(self, app):
        self.items = []
        app.extensions["basket"] = self


Basket(app)


@app.route("/add/<item>")
def add(item):
    app.extensions["basket"].items.append(item)
    return "added"


@app.route("/view")
def view():
    return app.extensions["basket"].items
