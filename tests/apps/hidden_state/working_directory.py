"""Hidden in the working directory of the process."""

import os
import tempfile

from flask import Flask

app = Flask(__name__)


@app.route("/add/<item>")
def add(item):
    os.chdir(tempfile.gettempdir())
    return "added"


@app.route("/view")
def view():
    return os.getcwd()
