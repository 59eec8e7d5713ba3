"""Hidden in the default value of a keyword-only argument of a view."""

from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
@app.route("/view")
def view(item=None, *, items={}):
    if item is not None:
        items[item] = True
    return list(items)
