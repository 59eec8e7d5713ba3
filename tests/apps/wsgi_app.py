import contextvars
import json
import threading

items = []
met = contextvars.ContextVar("met", default="nobody")
local = threading.local()


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path.startswith("/add/"):
        items.append(path.removeprefix("/add/"))
    elif path.startswith("/meet/"):
        before = met.get(), getattr(local, "met", "nobody")
        met.set(path.removeprefix("/meet/"))
        local.met = path.removeprefix("/meet/")
        start_response("200 OK", [])
        return [json.dumps(before).encode()]
    elif path != "/view":
        return SPECIAL[path](environ, start_response)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(items).encode()]


def write(environ, start_response):
    send = start_response("200 OK", [])
    send(b"first ")
    return [b"second"]


def replaced(environ, start_response):
    import sys

    start_response("200 OK", [("X-Old", "1")])
    try:
        raise ValueError("changed my mind")
    except ValueError:
        start_response("503 Unavailable", [("X-New", "1")], sys.exc_info())
    return [b"sorry"]


class Closing:
    closed = 0

    def __iter__(self):
        yield b"one"
        yield b""
        yield b"two"

    def close(self):
        Closing.closed += 1


def closing(environ, start_response):
    start_response("200 OK", [])
    return Closing()


def closed(environ, start_response):
    start_response("200 OK", [("Content-Length", "1")])
    return iter([str(Closing.closed).encode()])


def file(environ, start_response):
    import io

    start_response("200 OK", [])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"x" * 100_000), 1000)


def silent(environ, start_response):
    return [b"start_response was never called"]


def empty(environ, start_response):
    start_response("204 No Content", [])
    return []


def read_twice(environ, start_response):
    start_response("200 OK", [])
    body = environ["wsgi.input"]
    return [body.read(3), b"|", body.readline(), b"|", body.read(), b"|", body.read()]


SPECIAL = {
    "/write": write,
    "/replaced": replaced,
    "/closing": closing,
    "/closed": closed,
    "/file": file,
    "/silent": silent,
    "/empty": empty,
    "/read": read_twice,
}
