import secrets
import sqlite3

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "only for a test"


def database():
    connection = sqlite3.connect("items.db", isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS items (owner TEXT, item TEXT)")
    return connection


def owner():
    return session.setdefault("owner", secrets.token_hex())


@app.route("/view")
def view():
    return [item for (item,) in database().execute("SELECT item FROM items WHERE owner = ?", [owner()])]


@app.route("/add/<item>")
def add(item):
    database().execute("INSERT INTO items VALUES (?, ?)", [owner(), item])
    return view()
