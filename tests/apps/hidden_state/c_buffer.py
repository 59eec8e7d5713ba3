"""Hidden in memory of ctypes."""

import ctypes

from flask import Flask

app = Flask(__name__)
buffer = ctypes.create_string_buffer(4096)


@app.route("/add/<item>")
def add(item):
    buffer.value = buffer.value + f"{item} ".encode()
    return "added"


@app.route("/view")
def view():
    return buffer.value.decode()
