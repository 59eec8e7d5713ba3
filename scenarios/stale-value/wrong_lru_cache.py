from functools import lru_cache
from pathlib import Path

from flask import Flask

app = Flask(__name__)


# the first answer of each worker is kept for good
@lru_cache
def read_price():
    return Path("price.txt").read_text()


@app.route("/price")
def show_price():
    return read_price()
