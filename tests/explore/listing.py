"""The article's application, and a user's two lines about it."""

from __future__ import annotations

APP = """
from flask import Flask
app = Flask(__name__)
the_list = []
@app.get("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list
@app.get("/view")
def view():
    return the_list
"""
LINES = "{0}: GET /add/VALUE adds data\n{0}: GET /view shows data\n"
