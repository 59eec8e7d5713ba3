"""Hidden in the working directory of the process."""

import os

from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    os.chdir("/")
    return "added"


@app.route("/view")
def view():
    return os.getcwd()
