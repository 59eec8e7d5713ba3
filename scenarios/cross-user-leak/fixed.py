import sqlite3
from contextlib import closing
from uuid import uuid4

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "one key for all workers, today and after the next reload"


def me():
    return session.setdefault("user", uuid4().hex)


def query(sql, *values):
    with closing(sqlite3.connect("items.db", isolation_level=None)) as db:
        db.execute("CREATE TABLE IF NOT EXISTS items (owner TEXT, name TEXT)")
        return db.execute(sql, values).fetchall()


@app.route("/view")
def view():
    return [name for (name,) in query("SELECT name FROM items WHERE owner = ?", me())]


@app.route("/add/<item>")
def add(item):
    query("INSERT INTO items VALUES (?, ?)", me(), item)
    return view()
