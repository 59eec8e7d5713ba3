from pathlib import Path

from flask import Flask, request

app = Flask(__name__)

price = Path("price.txt").read_text()


@app.get("/price")
def show_price():
    return price


@app.post("/price")
def set_price():
    global price
    # only the worker that got this request learns of it
    price = request.form["price"]
    Path("price.txt").write_text(price)
    return price
