import logging
import sqlite3
import sys
import time
import warnings

from flask import Flask, Response, request

app = Flask(__name__)
items = []
log = logging.getLogger("shop")


@app.route("/add/<item>")
def add(item):
    items.append(item)
    return items


@app.route("/view")
def view():
    return items


@app.route("/echo", methods=["POST"])
def echo():
    return request.get_data()


@app.route("/length", methods=["POST"])
def length():
    return {"length": len(request.get_data())}


@app.route("/boom")
def boom():
    raise ValueError("boom")


@app.route("/handled")
def handled():
    try:
        raise KeyError("handled")
    except KeyError:
        log.exception("this was expected")
    return "fine"


@app.route("/talk")
def talk():
    print("a print")
    print("an error line", file=sys.stderr)
    log.error("a %s", "record")
    logging.getLogger("shop.details").info("nobody asked for this level")
    warnings.warn("a warning", stacklevel=1)
    return "talked"


@app.route("/stream")
def stream():
    def chunks():
        for number in range(3):
            yield f"chunk {number}\n"

    return Response(chunks(), mimetype="text/plain")


@app.route("/cut")
def cut():
    def chunks():
        yield "begun"
        raise RuntimeError("the stream broke")

    return Response(chunks(), mimetype="text/plain")


@app.route("/sleep")
def sleep():
    time.sleep(3600)


@app.route("/exit/<int:code>")
def leave(code):
    sys.exit(code)


@app.route("/files")
def files():
    with open("written.txt", "w") as file:
        file.write("x")
    with open(__file__) as file:
        file.read()
    sqlite3.connect("shop.db").close()
    sqlite3.connect(":memory:").close()
    return "done"


@app.route("/environ")
def environ():
    return {key: value for key, value in request.environ.items() if isinstance(value, (str, bool, int))}
