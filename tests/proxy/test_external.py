"""Requests to a server that is not ours, over real connections: what comes back, and what is written down."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from simulator.events import Effect, RequestFailed, RequestSent, ResponseReceived
from simulator.proxy.call import Call
from simulator.proxy.external import ExternalTransport
from simulator.proxy.transport import BASE_URL, CALL
from simulator.recorder import LogicalClock, MemorySink


class Pages(http.server.BaseHTTPRequestHandler):
    """Echoes what was asked; counts connections."""

    protocol_version = "HTTP/1.1"
    connections = 0

    def setup(self) -> None:
        super().setup()
        type(self).connections += 1

    def do_GET(self) -> None:
        address = f"http://{self.headers['host']}"
        if self.path.endswith("/away"):
            self.send_response(302)
            self.send_header("Location", f"{address}/shop/there?x=1")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        size = int(self.headers.get("content-length", 0))
        said = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": self.rfile.read(size).decode(),
        }
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def pages() -> Iterator[str]:
    Pages.connections = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that takes one connection, reads the request, and does with it what `answer` does."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@contextmanager
def told(url: str, *, timeout_s: float = 5.0, kept_bytes: int = 1000) -> Iterator[tuple[httpx.Client, MemorySink]]:
    """A client that goes to `url`, and what is recorded of it."""
    sink = MemorySink()
    transport = ExternalTransport(
        url,
        clock=LogicalClock(),
        sink=sink,
        timeout_s=timeout_s,
        kept_bytes=kept_bytes,
        where=lambda: ("the last words",),
    )
    with httpx.Client(transport=transport, base_url=BASE_URL, timeout=None, trust_env=False) as client:
        yield client, sink


def called(step: int, **said: object) -> dict[str, object]:
    return {CALL: Call(user="alice", step=step, **said)}  # type: ignore[arg-type]


def test_a_request_goes_to_the_server_under_its_own_name_with_its_step(pages):
    with told(pages) as (client, _):
        answer = client.post("/add?x=%20a", data={"item": "one"}, extensions=called(7)).json()
    assert (answer["method"], answer["path"], answer["body"]) == ("POST", "/add?x=%20a", "item=one")
    assert answer["headers"]["host"] == pages.removeprefix("http://")
    assert answer["headers"]["x-workersim-step"] == "7"


def test_the_same_is_recorded_as_of_our_workers_but_for_the_worker(pages):
    reads = (Effect(kind="read", key="cart"),)
    with told(pages, kept_bytes=10) as (client, sink):
        client.post("/add", content=b"0123456789abc", extensions=called(3, effects=reads, expect=(409,), phase="story"))
        client.get("/next")
    sent, received, second, _ = sink.events
    assert isinstance(sent, RequestSent)
    assert isinstance(received, ResponseReceived)
    assert isinstance(second, RequestSent)
    assert (sent.step, sent.user, sent.worker, sent.method, sent.url) == (3, "alice", None, "POST", "/add")
    assert (sent.body, sent.effects, sent.expect) == (b"0123456789", reads, (409,))
    assert (received.step, received.status, received.cut, len(received.body)) == (3, 200, True, 10)
    assert [value for name, value in received.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert sent.t < received.t < second.t
    assert (second.step, second.user) == (4, "user")


def test_each_request_has_a_connection_of_its_own(pages):
    with told(pages) as (client, _):
        for _ in range(3):
            client.get("/")
    assert Pages.connections == 3


def test_redirects_to_the_server_itself_are_followed_below_its_path(pages):
    with told(f"{pages}/shop/") as (client, sink):
        answer = client.get("/away", follow_redirects=True)
    assert answer.json()["path"] == "/shop/there?x=1"
    assert [event.url for event in sink.events if isinstance(event, RequestSent)] == ["/away", "/there?x=1"]


def test_an_address_that_is_not_the_application_is_not_asked(pages):
    with told(pages) as (client, sink), pytest.raises(httpx.ConnectError, match="not the application"):
        client.get("http://example.org/")
    assert sink.events == []


def test_nobody_there(pages):
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with told(url) as (client, sink), pytest.raises(httpx.ConnectError):
        client.get("/")
    assert failure_of(sink) == ("refused", ("the last words",))


def cut_in_the_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")


def cut_in_the_body(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


def not_http(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example.org ESMTP\r\n")


@pytest.mark.parametrize("answer", [cut_in_the_headers, cut_in_the_body, not_http])
def test_an_answer_that_is_not_whole(answer):
    with answering(answer) as url, told(url) as (client, sink), pytest.raises(httpx.RemoteProtocolError):
        client.get("/")
    assert failure_of(sink) == ("cut-short", ("the last words",))


def no_word(connection: socket.socket) -> None:
    connection.recv(1)  # until the other side gives up


def word_by_word(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
    try:
        while True:
            connection.sendall(b"drip ")
            time.sleep(0.01)
    except OSError:
        pass


@pytest.mark.parametrize("answer", [no_word, word_by_word])
def test_no_answer_is_waited_for_longer_than_the_limit(answer):
    with (
        answering(answer) as url,
        told(url, timeout_s=0.2) as (client, sink),
        pytest.raises(httpx.ReadTimeout, match=r"no answer after 0\.2 s"),
    ):
        client.get("/")
    assert failure_of(sink) == ("timeout", ("the last words",))


def failure_of(sink: MemorySink) -> tuple[str, tuple[str, ...]]:
    """The only failure, of the only request."""
    sent, failed = sink.events
    assert isinstance(sent, RequestSent)
    assert isinstance(failed, RequestFailed)
    assert failed.step == sent.step
    return failed.reason, failed.where
