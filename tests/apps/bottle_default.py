import json

from bottle import route

items = []


@route("/add/<item>")
def add(item):
    items.append(item)
    return json.dumps(items)


@route("/view")
def view():
    return json.dumps(items)
