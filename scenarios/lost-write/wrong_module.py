import shelf  # shelf.py, beside this file
from flask import Flask

app = Flask(__name__)


@app.route("/view")
def view():
    return shelf.the_list


@app.route("/add/<item>")
def add(item):
    shelf.put(item)
    return shelf.the_list
