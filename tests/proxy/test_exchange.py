"""The life of one request without any I/O: what every sequence of messages amounts to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from simulator.proxy.call import Call, Request, http_scope
from simulator.proxy.exchange import Exchange

START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]}
DONE = {"type": "workersim.done", "logs": [], "raised": None, "files": []}


class Worker:
    """What an exchange knows of its worker: a name to put down."""

    number, pid, sock = 1, 1, socket.socket
    exit_status = stack = None


def exchange(method: str = "GET", kept_bytes: int = 100) -> Exchange:
    request = Request(http_scope(method=method, target=b"/", headers=[]))
    return Exchange(request, Call(user="alice"), 1, Worker(), kept_bytes)  # type: ignore[arg-type]


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def start(status: int = 200, **headers: bytes) -> dict[str, Any]:
    named = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": named}


def test_start_body_done_is_a_whole_answer_however_it_is_cut() -> None:
    messages = [START, body(b"one", more=True), body(b"two", more=True), body(b""), DONE]
    for cut in range(len(messages) + 1):
        life = exchange()
        life.feed(messages[:cut])
        assert life.closed is (cut >= 4)
        life.feed(messages[cut:])
        assert (life.closed, life.failure, life.done) == (True, None, DONE)
        assert (life.status, life.take(), life.take(), life.kept) == (200, b"onetwo", b"", b"onetwo")
        assert life.headers == [(b"content-type", b"text/plain")]


def test_the_body_is_taken_as_it_comes_and_its_beginning_kept() -> None:
    life = exchange(kept_bytes=4)
    life.feed([START, body(b"abc", more=True)])
    assert (life.take(), life.is_cut) == (b"abc", False)
    life.feed([body(b"def")])
    assert (life.take(), life.kept, life.length, life.is_cut) == (b"def", b"abcd", 6, True)


@pytest.mark.parametrize(
    ("messages", "reason", "detail"),
    [
        ([start(content_length=b"5"), body(b"abc"), DONE], "cut-short", "3 bytes came of 5 that were promised"),
        ([START, body(b"abc", more=True), DONE], "cut-short", "the application stopped after 3 bytes of its answer"),
        ([START, DONE], "cut-short", "the application stopped after 0 bytes of its answer"),
        ([start(x=b"h" * 70_000), body(b""), DONE], "cut-short", "the answer's headers are 70,001 bytes"),
    ],
)
def test_an_answer_that_is_not_whole_says_why(messages: list[dict[str, Any]], reason: str, detail: str) -> None:
    life = exchange()
    life.feed(messages)
    assert not life.closed or life.failure
    assert life.failure is not None
    assert life.failure.reason == reason
    assert life.failure.detail.startswith(detail)
    assert life.done == DONE


def test_an_end_without_an_answer_is_a_500() -> None:
    life = exchange()
    life.feed([DONE])
    assert (life.status, life.closed, life.take()) == (500, True, b"Internal Server Error")


def test_more_than_was_promised_is_left_out() -> None:
    life = exchange()
    life.feed([start(content_length=b"4"), body(b"ab", more=True), body(b"cdef", more=True), body(b"gh")])
    assert (life.closed, life.take()) == (True, b"abcd")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_answers_without_a_body_promise_nothing(method: str, status: int) -> None:
    life = exchange(method)
    life.feed([start(status, content_length=b"10"), body(b"0123456789"), DONE])
    assert (life.closed, life.failure, life.take()) == (True, None, b"")


def test_nothing_counts_after_a_user_hung_up() -> None:
    life = exchange()
    life.feed([START, body(b"seen", more=True)])
    assert life.take() == b"seen"
    life.hang_up()
    life.feed([body(b"unseen", more=True), DONE])
    assert (life.closed, life.is_cut, life.failure, life.kept, life.take()) == (True, True, None, b"seen", b"")


def test_the_messages_of_a_websocket_are_kept_in_order() -> None:
    request = Request({"type": "websocket", "path": "/", "raw_path": b"/", "query_string": b"", "headers": []})
    life = Exchange(request, Call(user="alice"), 1, Worker(), 100)  # type: ignore[arg-type]
    said = [
        {"type": "websocket.accept"},
        {"type": "websocket.send", "text": "one"},
        {"type": "websocket.send", "bytes": b"\xff"},
    ]
    life.feed(said)
    assert (life.status, life.said, life.kept) == (101, said, b"one\n\xff\n")
    life.feed([DONE])
    assert life.closed
    assert life.said[-1] == {"type": "websocket.close", "code": 1000}
