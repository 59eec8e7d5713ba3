import sqlite3
from contextlib import closing

from flask import Flask

app = Flask(__name__)


def database():
    connection = sqlite3.connect("items.db", isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS items (name TEXT)")
    return closing(connection)


@app.route("/view")
def view():
    with database() as db:
        return [name for (name,) in db.execute("SELECT name FROM items")]


@app.route("/add/<item>")
def add(item):
    with database() as db:
        db.execute("INSERT INTO items VALUES (?)", [item])
    return view()
