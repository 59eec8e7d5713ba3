import time

from flask import Flask, request

app = Flask(__name__)
items = []


@app.route("/add/<item>")
def add(item):
    items.append(item)
    return items


@app.route("/view")
def view():
    return items


@app.route("/echo", methods=["POST"])
def echo():
    return request.get_data()


@app.route("/boom")
def boom():
    raise ValueError("boom")


@app.route("/sleep")
def sleep():
    time.sleep(3600)
