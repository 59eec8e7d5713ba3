from flask import Flask

app = Flask(__name__)

guests = []


@app.route("/book")
def book():
    return guests


@app.route("/sign/<name>")
def sign(name):
    guests.append(name)
    return f"Welcome, {name}!"
