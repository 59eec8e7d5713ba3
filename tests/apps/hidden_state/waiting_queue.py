"""Hidden in a queue.Queue."""

from queue import Queue

from flask import Flask

app = Flask(__name__)
waiting = Queue()


@app.route("/add/<item>")
def add(item):
    waiting.put(item)
    return "added"


@app.route("/view")
def view():
    return list(waiting.queue)
