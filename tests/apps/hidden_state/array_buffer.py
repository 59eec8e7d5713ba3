"""Hidden in an array.array."""

from array import array

from flask import Flask

app = Flask(__name__)
buffer = array("B")


@app.route("/add/<item>")
def add(item):
    buffer.frombytes(f"{item} ".encode())
    return "added"


@app.route("/view")
def view():
    return buffer.tobytes().decode()
