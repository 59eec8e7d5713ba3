import json

import bottle

app = bottle.Bottle()
items = []


@app.route("/add/<item>")
def add(item):
    items.append(item)
    return json.dumps(items)


@app.route("/view")
def view():
    return json.dumps(items)


@app.route("/boom")
def boom():
    raise ValueError("boom")
