import sqlite3

from flask import Flask

app = Flask(__name__)


def database():
    connection = sqlite3.connect("items.db", isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS items (item TEXT)")
    return connection


@app.route("/view")
def view():
    return [item for (item,) in database().execute("SELECT item FROM items")]


@app.route("/add/<item>")
def add(item):
    database().execute("INSERT INTO items VALUES (?)", [item])
    return view()
