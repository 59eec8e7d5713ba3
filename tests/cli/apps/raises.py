from flask import Flask

app = Flask(__name__)
prices = {}


@app.route("/view")
def view():
    return prices["all"]


@app.route("/add/<item>")
def add(item):
    return prices[item]
