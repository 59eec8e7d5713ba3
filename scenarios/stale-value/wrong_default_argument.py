from pathlib import Path

from flask import Flask

app = Flask(__name__)


def read_price():
    return Path("price.txt").read_text()


@app.route("/price")
# a default is computed once, when Python meets the "def"
def show_price(price=read_price()):
    return price
