"""Answers that a terminal must not obey."""

from flask import Flask

app = Flask(__name__)
the_list = []


@app.route("/view")
def view():
    return "\x1b[2J\x1b[31mred\x07 <script>alert(1)</script> ‮" + " ".join(the_list) + " " + "x" * 200


@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return "\x1b]0;title\x07" + item
