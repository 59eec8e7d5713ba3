"""Direct requests to real workers: dealing, good answers, and every way in which an answer can fail to come."""

from __future__ import annotations

import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from simulator.events import (
    AppRaised,
    FileTouched,
    Logged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    WorkerExited,
)
from simulator.proxy.call import Call, NoAnswer, Request
from simulator.routing import Scripted

SetUp = Callable[..., Any]
Ask = Callable[..., Request]
ALICE = Call(user="alice")


def test_requests_are_dealt_in_turn_and_written_down(wsgi: SetUp) -> None:
    stage = wsgi(3)
    pids = [int(stage.get("/pid")) for _ in range(6)]
    assert pids[:3] == pids[3:] == [stage.launcher.workers[number].pid for number in (1, 2, 3)]
    assert [event.worker for event in stage.of(RequestSent)] == [1, 2, 3, 1, 2, 3]
    assert [event.step for event in stage.of(RequestSent)] == [1, 2, 3, 4, 5, 6]
    times = [event.t for event in stage.sink.events]
    assert times == sorted(set(times))


def test_a_call_can_name_its_worker_without_moving_the_routing(wsgi: SetUp) -> None:
    stage = wsgi(2)
    for worker in (None, 2, 2, None):
        stage.get("/pid", worker=worker)
    assert [event.worker for event in stage.of(RequestSent)] == [1, 2, 2, 2]


def test_what_the_application_sees_and_answers_arrives_unchanged(wsgi: SetUp, ask: Ask) -> None:
    stage = wsgi(1)
    asked = ask(
        "/echo?q=%C3%A4&b=2", method="POST", body=b"\x00\xff", headers=[(b"x-one", b"1"), (b"content-length", b"2")]
    )
    reply = stage.direct.send(asked, Call(user="alice", step=7))
    seen = json.loads(reply.body)
    assert (seen["REQUEST_METHOD"], seen["QUERY_STRING"], seen["HTTP_X_ONE"]) == ("POST", "q=%C3%A4&b=2", "1")
    assert seen["body"] == "\x00\xff"
    assert [value for name, value in reply.headers if name == b"set-cookie"] == [b"a=1", b"b=2"]
    (sent,), (received,) = stage.of(RequestSent), stage.of(ResponseReceived)
    assert (sent.step, sent.method, sent.url, sent.body) == (7, "POST", "/echo?q=%C3%A4&b=2", b"\x00\xff")
    assert (received.step, received.status, received.body) == (7, 200, reply.body)
    assert ("set-cookie", "b=2") in received.headers


def test_an_answer_in_pieces_is_put_together(wsgi: SetUp, asgi: SetUp) -> None:
    assert wsgi(1).get("/pieces") == b"piece 0;piece 1;piece 2;"
    assert asgi(1).get("/ticks") == b"tick 0;tick 1;tick 2;"


def test_a_body_of_50_mb_is_whole_for_the_user_and_cut_in_the_record(wsgi: SetUp, ask: Ask) -> None:
    size = 50 * 1024 * 1024
    stage = wsgi(1, kept_bytes=1000)
    assert stage.get(f"/big?{size}") == b"x" * size
    (received,) = stage.of(ResponseReceived)
    assert received.cut
    assert received.body == b"x" * 1000
    reply = stage.direct.send(
        ask("/size", method="POST", body=b"y" * size, headers=[(b"content-length", b"%d" % size)]), ALICE
    )
    assert reply.body == b"%d" % size
    assert len(stage.of(RequestSent)[1].body) == 1000


def test_a_head_request_has_no_body_although_it_promises_one(wsgi: SetUp, ask: Ask) -> None:
    stage = wsgi(1)
    reply = stage.direct.send(ask("/big?1000", method="HEAD"), ALICE)
    assert (reply.status, reply.body) == (200, b"")
    assert (b"content-length", b"1000") in reply.headers


def test_an_exception_and_what_was_said_belong_to_the_step(wsgi: SetUp) -> None:
    stage = wsgi(2)
    stage.get("/pid", user="bob")
    stage.get("/raise", user="bob")
    assert stage.of(ResponseReceived)[1].status == 500
    said = [(event.logger, event.level, event.message) for event in stage.of(Logged)]
    assert ("stdout", "INFO", "about to fail") in said
    assert ("shop", "WARNING", "low on stock") in said
    assert {(event.worker, event.step, event.user) for event in stage.of(Logged)} == {(2, 2, "bob")}
    (raised,) = stage.of(AppRaised)
    assert (raised.worker, raised.step, raised.error) == (2, 2, "ValueError: no such item")
    assert "no such item" in raised.lines[-1]


def test_a_file_that_is_written_is_named(wsgi: SetUp) -> None:
    stage = wsgi(1, keeps=lambda path: path.endswith("touched.txt"))
    stage.get("/write")
    (touched,) = stage.of(FileTouched)
    assert touched.path.endswith("/touched.txt")
    assert touched.kept


@pytest.mark.parametrize(
    ("path", "reason", "detail"),
    [
        ("/short", "cut-short", "10 bytes came of 100"),
        ("/break-off", "cut-short", "stopped after 4 bytes"),
        ("/header?1048576", "cut-short", "headers are 1,048,"),
    ],
)
def test_an_answer_that_is_not_whole_is_a_failure_and_the_worker_lives(
    wsgi: SetUp, path: str, reason: str, detail: str
) -> None:
    stage = wsgi(1)
    with pytest.raises(NoAnswer, match=detail) as failure:
        stage.get(path)
    assert failure.value.reason == reason
    (failed,) = stage.of(RequestFailed)
    assert (failed.step, failed.reason) == (1, reason)
    assert not stage.of(ResponseReceived)
    assert stage.get("/pid") == b"%d" % stage.launcher.workers[1].pid


def test_an_answer_longer_than_promised_ends_where_it_promised(wsgi: SetUp) -> None:
    assert wsgi(1).get("/long") == b"0123"


def test_a_request_that_hangs_is_ended_at_the_limit_and_says_where_it_was(wsgi: SetUp) -> None:
    stage = wsgi(2, timeout_s=0.3)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match=r"no answer after 0\.3 s") as failure:
        stage.get("/hang")
    assert time.monotonic() - began < 3
    assert failure.value.reason == "timeout"
    assert "time.sleep(3600)" in failure.value.where[0]
    assert stage.of(RequestFailed)[0].where == failure.value.where
    (exited,) = stage.of(WorkerExited)
    assert (exited.worker, exited.step, exited.wanted) == (1, 1, False)
    assert [int(stage.get("/pid")) for _ in range(2)] == [stage.launcher.workers[2].pid] * 2


def test_an_answer_that_never_ends_is_ended_at_the_limit_too(wsgi: SetUp) -> None:
    stage = wsgi(1, timeout_s=0.3)
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="no answer after"):
        stage.get("/drip")
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(("path", "how"), [("/die", "SIGKILL"), ("/leave", "exit code 3")])
def test_a_worker_that_dies_while_serving_is_named_with_what_it_was_serving(wsgi: SetUp, path: str, how: str) -> None:
    stage = wsgi(2)
    with pytest.raises(NoAnswer, match=how) as failure:
        stage.get(path)
    assert failure.value.reason == "worker-died"
    (exited,) = stage.of(WorkerExited)
    assert (exited.worker, exited.how, exited.step) == (1, how, 1)
    stage.get("/pid")
    assert stage.of(RequestSent)[-1].worker == 2


def test_a_worker_that_died_between_requests_is_noticed_and_passed_over(wsgi: SetUp) -> None:
    stage = wsgi(2)
    stage.get("/die-soon")
    stage.launcher.workers[1].exit_status(3.0)
    stage.get("/pid")
    stage.get("/pid")
    assert [event.worker for event in stage.of(RequestSent)] == [1, 2, 2]
    (exited,) = stage.of(WorkerExited)
    assert (exited.worker, exited.how, exited.step) == (1, "SIGKILL", None)
    assert not stage.of(RequestFailed)


def test_a_worker_that_is_gone_refuses_and_so_does_an_empty_house(wsgi: SetUp) -> None:
    stage = wsgi(2, routing=Scripted([1, 2, 1]))
    stage.get("/pid")
    stage.dealer.kill(1)
    stage.get("/pid")
    with pytest.raises(NoAnswer, match="worker 1 is gone") as failure:
        stage.get("/pid")
    assert failure.value.reason == "refused"
    (exited,) = stage.of(WorkerExited)
    assert (exited.worker, exited.how, exited.wanted) == (1, "SIGKILL", True)
    stage.dealer.kill(2)
    with pytest.raises(NoAnswer, match="every worker is gone"):
        stage.get("/pid")
    assert [event.worker for event in stage.of(RequestSent)] == [1, 2, None, None]
    assert [event.step for event in stage.of(RequestFailed)] == [3, 4]


def test_a_recycled_or_reloaded_worker_serves_again(wsgi: SetUp) -> None:
    stage = wsgi(2)
    first = stage.get("/pid", worker=1)
    stage.dealer.kill(1)
    stage.launcher.recycle(1)
    second = stage.get("/pid", worker=1)
    stage.launcher.reload()
    third = stage.get("/pid", worker=1)
    assert len({first, second, third}) == 3
    assert len(stage.of(WorkerExited)) == 1


def test_headers_of_a_request_have_a_limit(wsgi: SetUp, ask: Ask) -> None:
    stage = wsgi(1)
    with pytest.raises(NoAnswer, match=r"headers are 1,048,582 bytes; servers take 65,536") as failure:
        stage.direct.send(ask("/pid", headers=[(b"x-long", b"h" * 1048576)]), ALICE)
    assert failure.value.reason == "too-large"
    stage.get("/pid")


def test_the_next_step_waits_for_work_behind_an_answer(asgi: SetUp) -> None:
    stage = asgi(1)
    assert stage.get("/after") == b"answered"
    assert stage.get("/log") == b"background work"


def test_work_that_outlasts_the_limit_keeps_its_worker_busy_and_is_waited_for_again(asgi: SetUp) -> None:
    stage = asgi(1, timeout_s=0.3)
    assert stage.get("/long-after") == b"answered"
    assert stage.get("/log") == b"long work"
    assert not stage.of(RequestFailed)


def test_a_reader_who_leaves_early_is_noticed_by_the_application(asgi: SetUp, ask: Ask) -> None:
    stage = asgi(1)
    answer = stage.direct.open(ask("/endless"), ALICE)
    answer.begin()
    pieces = answer.pieces()
    assert next(pieces).startswith(b"data: tick")
    with pytest.raises(NoAnswer, match="still busy with step 1"):
        stage.get("/log")
    answer.close()
    assert stage.get("/log") == b"hung up"
    received = stage.of(ResponseReceived)[0]
    assert received.step == 1
    assert received.cut


def test_a_worker_that_was_let_go_is_not_spoken_of(wsgi: SetUp) -> None:
    stage = wsgi(2)
    stage.get("/pid")
    stage.dealer.let_go(stage.launcher.workers[2])
    stage.launcher.kill(2)
    stage.get("/pid")
    assert [event.worker for event in stage.of(RequestSent)] == [1, 1]
    assert not stage.of(WorkerExited)


def test_many_replaced_workers_leave_nothing_behind(wsgi: SetUp) -> None:
    stage = wsgi(2)
    seen = set()
    for _ in range(10):
        seen |= {stage.get("/pid"), stage.get("/pid")}
        stage.launcher.recycle(1)
    assert len(seen) == 11
    stage.get("/pid")
    assert len(stage.direct._lines) == 2
    assert not stage.of(WorkerExited)


def test_others_may_speak_to_a_worker_between_requests_without_haste(wsgi: SetUp) -> None:
    stage = wsgi(1, timeout_s=2.0)
    assert stage.get("/pieces")
    sock = stage.launcher.workers[1].sock
    assert struct.unpack("ll", sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.calcsize("ll"))) == (2, 0)
