"""Hidden in a bytearray."""

from flask import Flask

app = Flask(__name__)
buffer = bytearray()


@app.route("/add/<item>")
def add(item):
    buffer.extend(f"{item} ".encode())
    return "added"


@app.route("/view")
def view():
    return buffer.decode()
