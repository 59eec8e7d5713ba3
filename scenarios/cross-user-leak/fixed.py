import sqlite3
from contextlib import closing
from uuid import uuid4

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "one key for all workers, today and after the next reload"

def me():
    return session.setdefault("user", uuid4().hex)

def database():
    connection = sqlite3.connect("items.db", isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS items (owner TEXT, name TEXT)")
    return closing(connection)

@app.route("/view")
def view():
    with database() as db:
        return [name for (name,) in db.execute("SELECT name FROM items WHERE owner = ?", [me()])]

@app.route("/add/<item>")
def add(item):
    with database() as db:
        db.execute("INSERT INTO items VALUES (?, ?)", [me(), item])
    return view()
