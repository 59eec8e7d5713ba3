"""WSGI applications are served as PEP 3333 says, and as a sync worker in production does."""

from __future__ import annotations

import json
from typing import Any

import pytest


@pytest.fixture(scope="module")
def bare(serve_for_module: Any) -> Any:
    return serve_for_module("wsgi_app.py")


@pytest.fixture(scope="module")
def flask(serve_for_module: Any) -> Any:
    return serve_for_module("flask_app.py")


def test_a_whole_answer_is_one_frame(bare: Any, flask: Any) -> None:
    for served in (bare, flask):
        answer = served.ask(1, "/view")
        assert [message["type"] for message in answer.frames[0]] == ["workersim.answer", "workersim.done"]
        assert len(answer.frames) == 1
        assert answer.status == 200


def test_a_stream_leaves_chunk_by_chunk(flask: Any) -> None:
    line = flask.line()
    line.begin("/stream")
    assert [message.get("body") for message in line.frame()] == [None, b"chunk 0\n"]
    assert [message.get("body") for message in line.frame()] == [b"chunk 1\n"]
    answer = line.finish()
    assert answer.body == b"chunk 2\n"
    assert answer.is_whole


def test_a_stream_that_breaks_is_cut_short(flask: Any) -> None:
    answer = flask.ask(1, "/cut")
    assert (answer.status, answer.body, answer.is_whole) == (200, b"begun", False)
    assert answer.done["raised"]["error"] == "RuntimeError: the stream broke"


def test_the_write_function_sends_at_once(bare: Any) -> None:
    line = bare.line()
    line.begin("/write")
    assert line.frame()[-1]["body"] == b"first "
    assert line.finish().body == b"second"


def test_an_answer_is_replaced_while_nothing_is_out(bare: Any) -> None:
    answer = bare.ask(1, "/replaced")
    assert (answer.status, answer.headers, answer.body) == (503, {b"x-new": b"1"}, b"sorry")


def test_iterables_are_closed(bare: Any) -> None:
    assert bare.ask(1, "/closing").body == b"onetwo"
    assert bare.ask(1, "/closed").body == b"1"


def test_files_are_wrapped(bare: Any) -> None:
    assert bare.ask(1, "/file").body == b"x" * 100_000


@pytest.mark.parametrize(("method", "path"), [("HEAD", "/view"), ("GET", "/empty")])
def test_answers_that_have_no_body_send_none(bare: Any, method: str, path: str) -> None:
    answer = bare.ask(1, path, method=method)
    assert (answer.body, answer.is_whole) == (b"", True)


def test_an_application_that_forgets_to_begin_is_told(bare: Any) -> None:
    answer = bare.ask(1, "/silent")
    assert answer.status == 500
    assert "before start_response was called" in answer.done["raised"]["error"]


def test_the_body_can_be_read_in_parts_that_come_late(bare: Any) -> None:
    line = bare.line()
    line.begin("/read", method="POST", body=b"abcd", has_more=True)
    line.send({"type": "http.request", "body": b"ef\ngh", "more_body": True})
    line.send({"type": "http.request", "body": b"ij", "more_body": False})
    assert line.finish().body == b"abc|def\n|ghij|"


def test_what_is_left_of_a_body_is_not_the_next_request(bare: Any) -> None:
    line = bare.line()
    line.begin("/view", method="POST", body=b"abcd", has_more=True)
    answer = line.finish()
    line.send({"type": "http.request", "body": b"ignored", "more_body": False}, {"type": "http.disconnect"})
    assert line.ask("/view").body == answer.body


def test_a_client_that_goes_away_ends_the_body(bare: Any) -> None:
    line = bare.line()
    line.begin("/read", method="POST", body=b"abcd", has_more=True)
    line.send({"type": "http.disconnect"})
    assert line.finish().body == b"abc|d||"


def test_fifty_megabytes_go_in_and_come_out(flask: Any) -> None:
    body = b"0123456789" * 5 * 1024 * 1024
    assert flask.ask(1, "/echo", method="POST", body=body).body == body


def test_the_environment_is_that_of_one_process_of_many(flask: Any) -> None:
    answer = flask.ask(
        1,
        "/environ?a=1&b=2",
        headers=[(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x-one", b"1"), (b"x-one", b"2"), (b"x_one", b"forged")],
    )
    environ = json.loads(answer.body)
    assert (environ["wsgi.multiprocess"], environ["wsgi.multithread"], environ["wsgi.run_once"]) == (True, False, False)
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_ONE"] == "1,2"
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["REMOTE_ADDR"]) == ("shop.test", "80", "127.0.0.1")
    assert (environ["QUERY_STRING"], environ["PATH_INFO"], environ["SCRIPT_NAME"]) == ("a=1&b=2", "/environ", "")
    assert environ["SERVER_SOFTWARE"].startswith("workersim/")


def test_paths_arrive_as_their_bytes(bare: Any) -> None:
    bare.launcher.recycle(1)
    assert json.loads(bare.ask(1, "/add/é", raw_path=b"/add/%C3%A9").body) == ["Ã©"]  # latin-1, as PEP 3333 wants
    assert json.loads(bare.ask(1, "/add/%2F", raw_path=b"/add/%252F").body)[1] == "%2F"


def test_what_leaks_through_threads_and_contexts_leaks_here_too(bare: Any) -> None:
    """Every request runs on the thread, and in the context, in which the one before ran."""
    bare.launcher.recycle(1)
    assert json.loads(bare.ask(1, "/meet/alice").body) == ["nobody", "nobody"]
    assert json.loads(bare.ask(1, "/meet/bob").body) == ["alice", "alice"]


def test_a_websocket_is_refused(bare: Any) -> None:
    line = bare.line()
    line.send({"type": "workersim.request", "scope": {"type": "websocket", "path": "/"}}, {"type": "websocket.connect"})
    assert line.finish().messages[0]["type"] == "websocket.close"
    assert line.ask("/view").status == 200
