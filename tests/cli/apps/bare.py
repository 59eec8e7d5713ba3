import json

items = []


def app(environ, start_response):
    if environ["PATH_INFO"].startswith("/add/"):
        items.append(environ["PATH_INFO"].removeprefix("/add/"))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(items).encode()]
