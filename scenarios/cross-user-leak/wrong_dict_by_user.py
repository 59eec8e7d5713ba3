from uuid import uuid4

from flask import Flask, session

app = Flask(__name__)
app.secret_key = "one key for all workers, today and after the next reload"

# a list for each user now, but still in the memory of one worker
lists = {}


def mine():
    user = session.setdefault("user", uuid4().hex)
    return lists.setdefault(user, [])


@app.route("/view")
def view():
    return mine()


@app.route("/add/<item>")
def add(item):
    mine().append(item)
    return mine()
