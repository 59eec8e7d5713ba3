from pathlib import Path

from flask import Flask

app = Flask(__name__)
price = Path("price.txt").read_text()


@app.route("/price")
def show():
    return price
