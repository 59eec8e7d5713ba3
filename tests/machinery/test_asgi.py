"""ASGI applications: streams both ways, lifespan, WebSockets, and a loop that goes on between requests."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from simulator.errors import AppError
from simulator.story.schedule import LoadMode


@pytest.fixture(scope="module")
def star(serve_for_module: Any) -> Any:
    return serve_for_module("starlette_app.py")


@pytest.fixture(scope="module")
def bare(serve_for_module: Any) -> Any:
    return serve_for_module("asgi_app.py")


def test_a_whole_answer_is_one_frame(star: Any, bare: Any, serve_for_module: Any) -> None:
    for served in (star, bare, serve_for_module("fastapi_app.py")):
        answer = served.ask(1, "/view")
        assert [message["type"] for message in answer.messages] == [
            "http.response.start",
            "http.response.body",
            "workersim.done",
        ]
        assert len(answer.frames) == 1


def test_a_stream_leaves_chunk_by_chunk(star: Any) -> None:
    answer = star.ask(1, "/stream")
    assert answer.body == b"chunk 0\nchunk 1\nchunk 2\n"
    assert len(answer.frames) >= 3
    assert answer.is_whole


def test_a_body_can_come_in_parts(star: Any) -> None:
    line = star.line()
    line.begin("/length", method="POST", body=b"x" * 1000, has_more=True)
    for _ in range(3):
        line.send({"type": "http.request", "body": b"x" * 1000, "more_body": True})
    line.send({"type": "http.request", "body": b"", "more_body": False})
    assert json.loads(line.finish().body) == {"length": 4000}


def test_fifty_megabytes_go_in(star: Any) -> None:
    body = bytes(50 * 1024 * 1024)
    assert json.loads(star.ask(1, "/length", method="POST", body=body).body) == {"length": len(body)}


def test_the_application_learns_that_the_client_is_gone(star: Any) -> None:
    line = star.line()
    line.begin("/until_gone")
    line.send({"type": "http.disconnect"})
    assert ("INFO", "stdout", "the client is gone") in line.finish().done["logs"]


def test_background_tasks_go_on_between_requests(star: Any) -> None:
    before = json.loads(star.ask(1, "/count").body)
    assert before["greeting"] == "hello"
    time.sleep(0.05)
    assert json.loads(star.ask(1, "/count").body)["ticks"] > before["ticks"]


def test_an_exception_is_a_500_and_is_told(star: Any) -> None:
    answer = star.ask(1, "/boom")
    assert (answer.status, answer.is_whole) == (500, True)
    assert answer.done["raised"] == {
        "error": "ValueError: boom",
        "lines": ['starlette_app.py:54   raise ValueError("boom")  in boom'],
    }


def test_an_application_that_says_nothing_is_a_500(bare: Any) -> None:
    assert bare.ask(1, "/silent").status == 500


def test_a_stream_that_breaks_is_cut_short(bare: Any) -> None:
    answer = bare.ask(1, "/cut")
    assert (answer.status, answer.body, answer.is_whole) == (200, b"begun", False)
    assert answer.done["raised"]["lines"] == ['asgi_app.py:16   raise RuntimeError("the stream broke")  in app']


def test_a_head_request_has_no_body(bare: Any) -> None:
    answer = bare.ask(1, "/view", method="HEAD")
    assert (answer.status, answer.body, answer.is_whole) == (200, b"", True)


def _open(line: Any, path: str) -> None:
    scope = {"type": "websocket", "path": path, "query_string": b"", "headers": [], "subprotocols": ["chat"]}
    line.send({"type": "workersim.request", "scope": scope}, {"type": "websocket.connect"})


def test_a_websocket_is_a_conversation(star: Any) -> None:
    line = star.line()
    _open(line, "/chat")
    (accept,) = line.frame()
    assert (accept["type"], accept["subprotocol"]) == ("websocket.accept", "chat")
    for word in ("hello", "bye"):
        line.send({"type": "websocket.receive", "text": word})
        assert line.frame() == [{"type": "websocket.send", "text": f"you said {word}"}]
    line.send({"type": "websocket.disconnect", "code": 1000})
    assert "raised" not in line.finish().done
    assert line.ask("/view").status == 200


def test_a_websocket_whose_view_raises_is_closed(star: Any) -> None:
    line = star.line()
    _open(line, "/rude")
    answer = line.finish()
    assert answer.messages[0]["type"] == "websocket.close"
    assert answer.done["raised"]["error"] == "ValueError: no WebSocket here"


def test_startup_and_shutdown_run_in_each_worker(serve: Any) -> None:
    served = serve("starlette_app.py", workers=2)
    assert sorted(served.launcher.drain_logs()) == [(number, "INFO", "stdout", "startup") for number in (1, 2)]
    served.launcher.stop_workers()
    assert sorted(served.launcher.drain_logs()) == [(number, "INFO", "stdout", "shutdown") for number in (1, 2)]


@pytest.mark.parametrize("mode", LoadMode)
def test_a_startup_that_fails_says_so(serve: Any, mode: LoadMode) -> None:
    with pytest.raises(AppError) as raised:
        serve("bad/startup_fails.py", mode=mode)
    assert raised.value.what == "the app was imported, but its startup (lifespan) failed"
    assert raised.value.why == (
        "bad/startup_fails.py:8   connect()  in lifespan",
        'bad/startup_fails.py:13   raise ConnectionError("no database")  in connect',
        "ConnectionError: no database",
    )


def test_a_startup_that_hangs_is_found_where_it_waits(serve: Any) -> None:
    with pytest.raises(AppError) as raised:
        serve("bad/startup_hangs.py", load_timeout_s=1)
    assert raised.value.what == "bad/startup_hangs.py was still starting up after 1 s"
    assert raised.value.why == ("bad/startup_hangs.py:9   await asyncio.sleep(3600)  in lifespan",)
