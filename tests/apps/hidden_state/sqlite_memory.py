"""Hidden in a SQLite database without a file."""

import sqlite3

from flask import Flask

app = Flask(__name__)
db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
db.execute("CREATE TABLE items (name TEXT)")


@app.route("/add/<item>")
def add(item):
    db.execute("INSERT INTO items VALUES (?)", [item])
    return "added"


@app.route("/view")
def view():
    return [name for (name,) in db.execute("SELECT name FROM items")]
