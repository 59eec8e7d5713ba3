"""Hidden in a list inside a tuple inside a dictionary."""

from flask import Flask

app = Flask(__name__)
shop = {"shelves": (0, [])}


@app.route("/add/<item>")
def add(item):
    shop["shelves"][1].append(item)
    return "added"


@app.route("/view")
def view():
    return shop["shelves"][1]
