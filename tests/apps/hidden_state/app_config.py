"""Hidden in the configuration of the Flask app."""

from flask import Flask

app = Flask(__name__)
app.config["ITEMS"] = []


@app.route("/add/<item>")
def add(item):
    app.config["ITEMS"].append(item)
    return "added"


@app.route("/view")
def view():
    return app.config["ITEMS"]
