import ctypes

from flask import Flask

app = Flask(__name__)


@app.route("/crash")
def crash():
    return read_null()


def read_null():
    return ctypes.string_at(0)
