import time

from flask import Flask

app = Flask(__name__)


@app.route("/view")
def view():
    return []


@app.route("/add/<item>")
def add(item):
    time.sleep(3600)
    return [item]
