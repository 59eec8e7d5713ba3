"""Hidden in an io.StringIO."""

from io import StringIO

from flask import Flask

app = Flask(__name__)
page = StringIO()


@app.route("/add/<item>")
def add(item):
    page.write(f"{item} ")
    return "added"


@app.route("/view")
def view():
    return page.getvalue()
