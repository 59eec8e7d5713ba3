import sqlite3
from contextlib import closing

from flask import Flask

app = Flask(__name__)


def query(sql, *values):
    with closing(sqlite3.connect("items.db", isolation_level=None)) as db:
        db.execute("CREATE TABLE IF NOT EXISTS items (name TEXT)")
        return db.execute(sql, values).fetchall()


@app.route("/view")
def view():
    return [name for (name,) in query("SELECT name FROM items")]


@app.route("/add/<item>")
def add(item):
    query("INSERT INTO items VALUES (?)", item)
    return view()
