from threading import Lock

from flask import Flask

app = Flask(__name__)

the_list = []
# each worker has a lock of its own, around a list of its own
lock = Lock()


@app.route("/view")
def view():
    with lock:
        return list(the_list)


@app.route("/add/<item>")
def add(item):
    with lock:
        the_list.append(item)
        return list(the_list)
