"""Real workers for the tests of the proxy: one bare WSGI application and one bare ASGI application with every
way to answer well or badly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.events import Event
from simulator.launcher import Launcher
from simulator.proxy.call import Call, Request, http_scope
from simulator.proxy.dealer import Dealer
from simulator.proxy.direct import Direct
from simulator.recorder import LogicalClock, MemorySink
from simulator.routing import RoundRobin, Routing
from simulator.story.schedule import LoadMode

WSGI = """
import json, logging, os, signal, time

def app(environ, start_response):
    name = environ["PATH_INFO"].strip("/").replace("-", "_")
    return globals()["view_" + name](environ, start_response)

def answer(start_response, body, *headers, status="200 OK", length=None):
    length = len(body) if length is None else length
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(length)), *headers])
    return [body]

def view_pid(environ, start_response):
    return answer(start_response, str(os.getpid()).encode())

def view_echo(environ, start_response):
    said = {name: value for name, value in environ.items() if isinstance(value, (str, int, bool)) and name.isupper()}
    said["body"] = environ["wsgi.input"].read().decode("latin-1")
    return answer(start_response, json.dumps(said).encode(), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))

def view_size(environ, start_response):
    return answer(start_response, str(len(environ["wsgi.input"].read())).encode())

def view_big(environ, start_response):
    return answer(start_response, b"x" * int(environ["QUERY_STRING"]))

def view_header(environ, start_response):
    return answer(start_response, b"ok", ("X-Long", "h" * int(environ["QUERY_STRING"])))

def view_short(environ, start_response):
    return answer(start_response, b"0123456789", length=100)

def view_long(environ, start_response):
    return answer(start_response, b"0123456789", length=4)

def view_hang(environ, start_response):
    time.sleep(3600)

def view_die(environ, start_response):
    os.kill(os.getpid(), signal.SIGKILL)

def view_leave(environ, start_response):
    os._exit(3)

def view_die_soon(environ, start_response):
    if os.fork() == 0:
        os.setsid()
        time.sleep(0.05)
        os.kill(os.getppid(), signal.SIGKILL)
        os._exit(0)
    return answer(start_response, b"still here")

def view_raise(environ, start_response):
    print("about to fail")
    logging.getLogger("shop").warning("low on %s", "stock")
    raise ValueError("no such item")

def view_write(environ, start_response):
    with open("touched.txt", "w") as file:
        file.write("x")
    return answer(start_response, b"ok")

def view_pieces(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return (b"piece %d;" % number for number in range(3))

def view_break_off(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one;"
    raise ValueError("broken off")

def view_drip(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    while True:
        yield b"drip "
        time.sleep(0.01)
"""

ASGI = '''
import asyncio

PIECES = []

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    await globals()["view_" + scope["path"].strip("/").replace("-", "_")](scope, receive, send)

async def lifespan(receive, send):
    while True:
        kind = (await receive())["type"]
        await send({"type": kind + ".complete"})
        if kind == "lifespan.shutdown":
            return

async def say(send, body, more=False, start=True, status=200):
    if start:
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body, "more_body": more})

async def view_ticks(scope, receive, send):
    for number in range(3):
        await say(send, b"tick %d;" % number, more=number < 2, start=number == 0)
        await asyncio.sleep(0.01)

async def view_endless(scope, receive, send):
    """Server-sent events until the client is gone."""
    async def tick():
        await say(send, b"data: tick\\n\\n", more=True)
        while True:
            await asyncio.sleep(0.01)
            await say(send, b"data: tick\\n\\n", more=True, start=False)
    ticking = asyncio.ensure_future(tick())
    await receive()
    while (await receive())["type"] != "http.disconnect":
        pass
    ticking.cancel()
    PIECES.append("hung up")

async def view_log(scope, receive, send):
    await say(send, ";".join(PIECES).encode())

async def view_after(scope, receive, send):
    await say(send, b"answered")
    await asyncio.sleep(0.05)
    PIECES.append("background work")

async def view_long_after(scope, receive, send):
    await say(send, b"answered")
    await asyncio.sleep(0.5)
    PIECES.append("long work")

async def view_count(scope, receive, send):
    """How many pieces, and bytes, the body came in."""
    pieces = size = 0
    while True:
        message = await receive()
        pieces, size = pieces + 1, size + len(message["body"])
        if not message.get("more_body"):
            break
    await say(send, b"%d" % size)

async def view_chat(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "bye":
            return await send({"type": "websocket.close", "code": 4000, "reason": "bye"})
        await send({"type": "websocket.send", "text": "you said " + message["text"]})
    PIECES.append("left")

async def view_no_chat(scope, receive, send):
    await receive()
    await send({"type": "websocket.close", "code": 1000})
'''


def _loaded(source: str, folder: Path) -> Iterator[Launcher]:
    (folder / "bare.py").write_text(source)
    with Launcher(target="bare.py", cwd=folder) as launcher:
        launcher.load()
        yield launcher


@pytest.fixture(scope="package")
def wsgi_launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    yield from _loaded(WSGI, tmp_path_factory.mktemp("wsgi"))


@pytest.fixture(scope="package")
def asgi_launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    yield from _loaded(ASGI, tmp_path_factory.mktemp("asgi"))


@dataclass
class Stage:
    """A dealer over fresh workers, and what it wrote down."""

    launcher: Launcher
    dealer: Dealer
    sink: MemorySink

    def __post_init__(self) -> None:
        self.direct = Direct(self.dealer)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.sink.events if type(event) is kind]

    def get(self, path: str, *, user: str = "alice", worker: int | None = None) -> bytes:
        return self.direct.send(request(path), Call(user=user, worker=worker)).body


def request(path: str, *, method: str = "GET", body: bytes = b"", headers: list[tuple[bytes, bytes]] = []) -> Request:  # noqa: B006
    return Request(http_scope(method=method, target=path.encode(), headers=list(headers)), body)


SetUp = Callable[..., Stage]


def _set_up(launcher: Launcher) -> SetUp:
    def set_up(workers: int = 2, *, routing: Routing | None = None, timeout_s: float = 5.0, **more: object) -> Stage:
        launcher.fork(workers, LoadMode.ONCE)
        sink = MemorySink()
        dealer = Dealer(
            fleet=launcher,
            routing=routing or RoundRobin(),
            clock=LogicalClock(),
            sink=sink,
            timeout_s=timeout_s,
            **more,  # type: ignore[arg-type]
        )
        return Stage(launcher, dealer, sink)

    return set_up


@pytest.fixture
def wsgi(wsgi_launcher: Launcher) -> SetUp:
    """Sets up fresh workers of the WSGI application, and a dealer."""
    return _set_up(wsgi_launcher)


@pytest.fixture
def asgi(asgi_launcher: Launcher) -> SetUp:
    """The same with the ASGI application."""
    return _set_up(asgi_launcher)


@pytest.fixture
def ask() -> Callable[..., Request]:
    """Makes a request: `ask(path, method=, body=, headers=)`."""
    return request
