from pathlib import Path

from flask import Flask

app = Flask(__name__)


@app.route("/price")
def show_price():
    return Path("price.txt").read_text()
