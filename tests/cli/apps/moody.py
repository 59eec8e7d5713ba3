"""Loses data while mood.txt says so: what it does depends on a file that nobody declares."""

from pathlib import Path

from flask import Flask

app = Flask(__name__)
the_list = []


@app.route("/view")
def view():
    return the_list if Path("mood.txt").read_text() == "bad" else Path("kept.txt").read_text().split()


@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    with Path("kept.txt").open("a") as kept:
        kept.write(f"{item} ")
    return item
