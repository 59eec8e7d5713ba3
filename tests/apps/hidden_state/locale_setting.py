"""Hidden in the locale of the process."""

import locale

from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    locale.setlocale(locale.LC_TIME, "C.UTF-8")
    return "added"


@app.route("/view")
def view():
    return locale.setlocale(locale.LC_TIME)
