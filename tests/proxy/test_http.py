"""The gateway under real HTTP: the same history as directly, and what only HTTP has."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
import websockets
from websockets.sync.client import connect

from simulator.errors import PortInUse
from simulator.events import Event, RequestFailed, RequestSent, ResponseReceived, WorkerExited
from simulator.proxy.call import Call
from simulator.proxy.direct import Direct
from simulator.proxy.gateway import Gateway
from simulator.proxy.http import HttpTransport
from simulator.proxy.server import Server
from simulator.proxy.transport import BASE_URL, CALL, STREAMING, DirectTransport
from simulator.routing import Sticky

SetUp = Callable[..., Any]


@pytest.fixture
def serving() -> Iterator[Callable[..., tuple[Gateway, Server]]]:
    servers: list[Server] = []

    def serve(stage: Any, **options: Any) -> tuple[Gateway, Server]:
        gateway = Gateway(stage.dealer, **options)
        server = Server(gateway).start()
        servers.append(server)
        return gateway, server

    yield serve
    for server in servers:
        server.close()


Serving = Callable[..., tuple[Gateway, Server]]


def tell(client: httpx.Client) -> list[str]:
    """One user's way through everything that can happen, and what he met."""
    met: list[str] = []

    def ask(method: str, path: str, **more: Any) -> None:
        step = len(met) + 1
        worker = 2 if step > 12 else None
        extensions = {CALL: Call(user="alice", step=step, worker=worker, composed=step == 2, expect=(409,))}
        try:
            response = client.request(method, path, extensions=extensions, **more)
            met.append(f"{response.status_code} {response.headers.get('content-type')} {response.text[:300]!r}")
        except httpx.TransportError as error:
            met.append(repr(error))

    ask("GET", "/pid?a=%20b")
    ask("POST", "/echo?x=1", content=b"\xff\x00body", headers={"X-Two": "2"})
    ask("GET", "/echo")
    ask("PUT", "/size", content=b"z" * 300_000)
    ask("HEAD", "/big?100")
    ask("GET", "/pieces")
    ask("GET", "/raise")
    ask("GET", "/short")
    ask("GET", "/long")
    ask("GET", "/break-off")
    ask("GET", "/header?100000")
    ask("GET", "/write", headers={"X-Long": "h" * 70_000})
    ask("GET", "/hang")
    ask("GET", "/pid")
    return met


def comparable(event: Event, stage: Any) -> Event:
    """The event without what differs from run to run: process ids, real time."""
    if isinstance(event, ResponseReceived):
        pids = {str(worker.pid).encode(): b"PID" for worker in stage.launcher.workers.values()}
        return replace(event, took_s=0.0, body=pids.get(event.body, event.body))
    return replace(event, pid=0) if isinstance(event, WorkerExited) else event


def test_the_same_story_has_the_same_history_directly_and_over_http(wsgi: SetUp, serving: Serving) -> None:
    stage = wsgi(2, timeout_s=0.5)
    with httpx.Client(transport=DirectTransport(Direct(stage.dealer)), base_url=BASE_URL) as client:
        directly = tell(client)
    direct_events = [comparable(event, stage) for event in stage.sink.events]
    stage = wsgi(2, timeout_s=0.5)
    gateway, server = serving(stage)
    with httpx.Client(transport=HttpTransport(gateway, server.url), base_url=BASE_URL) as client:
        over_http = tell(client)
    http_events = [comparable(event, stage) for event in stage.sink.events]
    assert direct_events == http_events
    for step, (one, other) in enumerate(zip(directly[1:-1], over_http[1:-1], strict=True), start=2):
        assert one == other, f"step {step}"
    assert "worker 2 is gone" in directly[-1]
    assert "ReadTimeout('no answer after 0.5 s')" in directly
    assert {event.worker for event in http_events if isinstance(event, RequestSent)} == {1, 2, None}


def test_a_kept_connection_is_dealt_to_every_worker(wsgi: SetUp, serving: Serving) -> None:
    stage = wsgi(3)
    _, server = serving(stage, tells_worker=True)
    with httpx.Client(base_url=server.url) as client:
        answers = [client.get("/pid") for _ in range(6)]
    assert [answer.headers["x-workersim-worker"] for answer in answers] == ["1", "2", "3", "1", "2", "3"]
    assert len({answer.text for answer in answers}) == 3
    assert [event.user for event in stage.of(RequestSent)] == ["visitor"] * 6


def test_visitors_are_told_apart_by_a_cookie_for_sticky_routing(wsgi: SetUp, serving: Serving) -> None:
    stage = wsgi(2, routing=Sticky())
    _, server = serving(stage, names_visitors=True)
    with httpx.Client(base_url=server.url) as one, httpx.Client(base_url=server.url) as other:
        met = [[client.get("/pid").text for client in (one, other)] for _ in range(3)]
    assert met[0] == met[1] == met[2]
    assert met[0][0] != met[0][1]
    assert {event.user for event in stage.of(RequestSent)} == {"visitor-1", "visitor-2"}


def test_many_clients_at_once_are_all_served_one_at_a_time_per_worker(wsgi: SetUp, serving: Serving) -> None:
    stage = wsgi(2)
    _, server = serving(stage)

    def visit(_: int) -> list[str]:
        with httpx.Client(base_url=server.url) as client:
            return [client.get("/pid").text for _ in range(10)]

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for answers in pool.map(visit, range(8)) for answer in answers]
    assert len(answers) == 80
    busy: dict[int, int] = {}
    worker_of = {event.step: event.worker for event in stage.of(RequestSent)}
    for event in stage.sink.events:
        if isinstance(event, RequestSent):
            assert event.worker not in busy, "a worker was given a second request"
            busy[event.worker] = event.step
        elif isinstance(event, ResponseReceived):
            del busy[worker_of[event.step]]
    assert set(worker_of.values()) == {1, 2}


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [("/hang", 504, "no answer after 0.3 s"), ("/die", 502, "SIGKILL"), ("/short", 502, "10 bytes came of 100")],
)
def test_a_browser_is_told_why_there_is_no_answer(
    wsgi: SetUp, serving: Serving, path: str, status: int, text: str
) -> None:
    stage = wsgi(2, timeout_s=0.3)
    _, server = serving(stage)
    with httpx.Client(base_url=server.url) as client:
        answer = client.get(path)
        assert (answer.status_code, text in answer.text) == (status, True)
        assert client.get("/pid").status_code == 200
    assert len(stage.of(RequestFailed)) == 1


def test_clients_wait_in_line_until_the_limit(wsgi: SetUp, serving: Serving) -> None:
    stage = wsgi(1, timeout_s=0.6)
    _, server = serving(stage)
    with ThreadPoolExecutor(1) as pool, httpx.Client(base_url=server.url, timeout=10) as client:
        hanging = pool.submit(httpx.get, f"{server.url}/hang", timeout=10)
        while not stage.of(RequestSent):
            time.sleep(0.005)
        answer = client.get("/pid")
        assert hanging.result().status_code == 504
    assert answer.status_code == 503
    assert "every worker is gone" in answer.text


def test_pieces_arrive_as_they_are_said_and_a_client_that_leaves_is_noticed(asgi: SetUp, serving: Serving) -> None:
    stage = asgi(2)
    _, server = serving(stage)
    with httpx.Client(base_url=server.url) as client:
        with client.stream("GET", "/endless") as answer:
            pieces = answer.iter_bytes()
            assert next(pieces).startswith(b"data: tick")
            assert client.get("/log").text == ""
        while b"hung up" not in _log_of(client, stage, 1):
            time.sleep(0.01)
    assert not stage.of(RequestFailed)
    assert [event.cut for event in stage.of(ResponseReceived) if event.step == 1] == [True]


def _log_of(client: httpx.Client, stage: Any, worker: int) -> bytes:
    answers = [client.get("/log") for _ in range(2)]
    numbers = [event.worker for event in stage.of(RequestSent)][-2:]
    return answers[numbers.index(worker)].content if worker in numbers else b""


def test_a_page_may_stream_for_longer_than_the_limit_but_must_begin_in_time(asgi: SetUp, serving: Serving) -> None:
    stage = asgi(1, timeout_s=0.3)
    _, server = serving(stage)
    with httpx.Client(base_url=server.url) as client, client.stream("GET", "/endless") as answer:
        began = time.monotonic()
        for _ in answer.iter_bytes():
            if time.monotonic() - began > 0.6:
                break
    assert not stage.of(RequestFailed)


def test_a_scripted_reader_who_leaves_early_has_the_same_history_both_ways(asgi: SetUp, serving: Serving) -> None:
    def leave_early(client: httpx.Client) -> bytes:
        extensions = {CALL: Call(user="alice", step=1), STREAMING: True}
        with client.stream("GET", "/endless", extensions=extensions) as answer:
            next(answer.iter_bytes())
        return client.get("/log", extensions={CALL: Call(user="alice", step=2)}).content

    stage = asgi(1)
    with httpx.Client(transport=DirectTransport(stage.direct), base_url=BASE_URL) as client:
        assert leave_early(client) == b"hung up"
    directly = [(type(event), event.t) for event in stage.sink.events]
    stage = asgi(1)
    gateway, server = serving(stage)
    with httpx.Client(transport=HttpTransport(gateway, server.url), base_url=BASE_URL) as client:
        assert leave_early(client) == b"hung up"
    assert directly == [(type(event), event.t) for event in stage.sink.events]


def test_a_long_upload_and_a_long_download_pass_through(wsgi: SetUp, asgi: SetUp, serving: Serving) -> None:
    size = 50 * 1024 * 1024
    _, server = serving(wsgi(1))
    with httpx.Client(base_url=server.url, timeout=30) as client:
        assert len(client.get(f"/big?{size}").content) == size
    _, server = serving(asgi(1))
    with httpx.Client(base_url=server.url, timeout=30) as client:
        chunks = (b"u" * 65536 for _ in range(size // 65536))
        assert client.post("/count", content=chunks).text == str(size)


def test_a_websocket_is_a_visit_too(asgi: SetUp, serving: Serving) -> None:
    stage = asgi(2)
    _, server = serving(stage)
    address = server.url.replace("http", "ws")
    with connect(f"{address}/chat?room=1") as chat:
        chat.send("hello")
        assert chat.recv() == "you said hello"
        chat.send("bye")
        with pytest.raises(websockets.ConnectionClosed) as closed:
            chat.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4000, "bye")
    with pytest.raises(websockets.InvalidStatus, match="403"):
        connect(f"{address}/no-chat")
    with connect(f"{address}/chat"):
        pass
    while len(stage.of(ResponseReceived)) < 3:
        time.sleep(0.01)
    assert [event.url for event in stage.of(RequestSent)] == ["/chat?room=1", "/no-chat", "/chat"]
    assert [(event.status, event.body) for event in stage.of(ResponseReceived)] == [
        (101, b"you said hello\n"),
        (403, b""),
        (101, b""),
    ]


def test_workers_can_be_replaced_while_serving(wsgi: SetUp, serving: Serving) -> None:
    stage = wsgi(2)
    _, server = serving(stage)
    with httpx.Client(base_url=server.url) as client:
        before = {client.get("/pid").text for _ in range(2)}
        server.do(stage.launcher.reload)
        after = {client.get("/pid").text for _ in range(2)}
        server.do(lambda: stage.dealer.kill(1))
        left = {client.get("/pid").text for _ in range(2)}
    assert len(before | after) == 4
    assert left < after
    assert [(event.worker, event.wanted) for event in stage.of(WorkerExited)] == [(1, True)]


def test_a_gateway_can_serve_one_run_after_the_other(wsgi: SetUp, serving: Serving) -> None:
    first = wsgi(2)
    gateway, server = serving(first)
    with httpx.Client(base_url=server.url) as client:
        one = client.get("/pid").text
        second = wsgi(2)
        gateway.use(second.dealer)
        other = client.get("/pid").text
    assert one != other
    assert [len(stage.of(RequestSent)) for stage in (first, second)] == [1, 1]
    assert not second.of(WorkerExited)


def test_a_port_in_use_names_who_holds_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortInUse) as error:
        Server(lambda: None, port=taken.getsockname()[1])
    assert f"(pid {os.getpid()}, you)" in error.value.what
    assert "--port" in error.value.do[0]


def test_nothing_is_left_when_the_server_is_closed(wsgi: SetUp) -> None:
    stage = wsgi(2)
    descriptors = set(os.listdir("/proc/self/fd"))
    with Server(Gateway(stage.dealer)) as server:
        assert httpx.get(f"{server.url}/pid").status_code == 200
    server.close()
    assert "workersim-gateway" not in {thread.name for thread in threading.enumerate()}
    assert set(os.listdir("/proc/self/fd")) == descriptors
    with pytest.raises(RuntimeError, match="not running"):
        server.do(lambda: None)


def test_no_connection_waits_for_nagle(wsgi: SetUp, serving: Serving) -> None:
    _, server = serving(wsgi(1))
    assert server._socket.proto == socket.IPPROTO_TCP
