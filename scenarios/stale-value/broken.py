from pathlib import Path

from flask import Flask

app = Flask(__name__)

# runs when the app is loaded, and then never again
price = Path("price.txt").read_text()


@app.route("/price")
def show_price():
    return price
