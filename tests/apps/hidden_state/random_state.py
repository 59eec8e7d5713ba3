"""Hidden in the state of a random.Random."""

from random import Random

from flask import Flask

app = Flask(__name__)
dice = Random(1)


@app.route("/add/<item>")
def add(item):
    dice.random()
    return "added"


@app.route("/view")
def view():
    return str(hash(dice.getstate()))
