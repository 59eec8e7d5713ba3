"""No secret reaches the record, and nothing that the checkers need is lost with it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tape import A1, A2, B1, Tape, adds, reads, writes

from simulator.checkers.finding import Anomaly
from simulator.checkers.judge import find
from simulator.events import Logged, OutsideChanged, RequestFailed, RequestSent, ResponseReceived
from simulator.history.from_events import history
from simulator.history.record import Header, decode, encode
from simulator.history.redaction import Redaction
from simulator.story.keys import Key, KeyKind

SECRET = "hunter2"
PLAIN = Redaction()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Cookie", f"session={SECRET}; theme={SECRET}", "session=[removed]; theme=[removed]"),
        (
            "Set-Cookie",
            f"session={SECRET}; HttpOnly; Path=/; SameSite=Lax",
            "session=[removed]; HttpOnly; Path=/; SameSite=Lax",
        ),
        ("Authorization", f"Basic {SECRET}", "[removed]"),
        ("proxy-authorization", SECRET, "[removed]"),
        ("X-CSRFToken", SECRET, "[removed]"),
        ("x-xsrf-token", SECRET, "[removed]"),
        ("Location", f"/done?password={SECRET}&page=2", "/done?password=[removed]&page=2"),
        ("Referer", f"http://x/?api_key={SECRET}", "http://x/?api_key=[removed]"),
        ("Content-Type", "text/html", "text/html"),
        ("Cookie", f"cart={A1}x{A2}{SECRET}{A1}", f"cart=[removed:{A1},{A2}]"),
        ("Authorization", f"Bearer {A1}", f"[removed:{A1}]"),
    ],
)
def test_headers(name: str, value: str, expected: str) -> None:
    assert PLAIN.headers(((name, value), ("Accept", "*/*"))) == ((name, expected), ("Accept", "*/*"))


MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nann\r\n'
    '--b\r\nContent-Disposition: form-data; name="password"\r\nContent-Type: text/plain\r\n\r\n{}\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"user=ann&password={SECRET}&go=1", "user=ann&password=[removed]&go=1"),
        (f"PASSWORD={SECRET}", "PASSWORD=[removed]"),
        (f'{{"password": "{SECRET}", "user": "ann"}}', '{"password": "[removed]", "user": "ann"}'),
        (f'{{"password": "a\\"{SECRET}", "n": 1}}', '{"password": "[removed]", "n": 1}'),
        ('{"secret":12345,"n":1}', '{"secret":"[removed]","n":1}'),
        (
            f"<input type='hidden' name='csrfmiddlewaretoken' value='{SECRET}'><input name=q value=1>",
            "<input type='hidden' name='csrfmiddlewaretoken' value=\"[removed]\"><input name=q value=1>",
        ),
        (f'<input value="{SECRET}" name="csrf_token" />', '<input value="[removed]" name="csrf_token" />'),
        (f'<meta name="csrf-token" content="{SECRET}">', '<meta name="csrf-token" content="[removed]">'),
        (MULTIPART.format(SECRET), MULTIPART.format("[removed]")),
        (f"password={A1}{SECRET}", f"password=[removed:{A1}]"),
        ("the password is long", "the password is long"),
        ("mypassword=1", "mypassword=1"),
        ("nothing at all", "nothing at all"),
    ],
)
def test_bodies(body: str, expected: str) -> None:
    assert PLAIN.data(body.encode()) == expected.encode()
    assert PLAIN.text(body) == expected
    assert PLAIN.data(expected.encode()) == expected.encode()


def test_bodies_that_are_no_text() -> None:
    assert PLAIN.data(b"\xff\x00password=x&a=\xfe") == b"\xff\x00password=x&a=\xfe"
    assert PLAIN.data(b"\xff&password=x&a=\xfe") == b"\xff&password=[removed]&a=\xfe"


def test_what_a_story_marks_goes_too() -> None:
    marked = Redaction(fields=["PIN"], headers=["X-Customer"])
    assert marked.data(b"pin=1234&spin=1") == b"pin=[removed]&spin=1"
    assert marked.headers((("x-customer", "7"),)) == (("x-customer", "[removed]"),)
    assert PLAIN.data(b"pin=1234") == b"pin=1234"


def test_every_event_with_text_is_cleared() -> None:
    dirty = f"a?password={SECRET}"
    events = [
        RequestSent(
            t=0.0,
            step=1,
            user="alice",
            worker=1,
            method="POST",
            url=dirty,
            headers=(("Cookie", f"a={SECRET}"),),
            body=dirty.encode(),
            effects=(),
            expect=(),
            phase="story",
            composed=False,
        ),
        ResponseReceived(
            t=0.0,
            step=1,
            status=200,
            headers=(("set-cookie", f"a={SECRET}"),),
            body=dirty.encode(),
            cut=False,
            took_s=0.0,
        ),
        RequestFailed(t=0.0, step=1, reason="refused", detail=dirty, where=()),
        OutsideChanged(t=0.0, step=1, began=0.0, what=dirty, effects=()),
        Logged(t=0.0, worker=1, step=1, user="alice", level="INFO", logger="x", message=dirty),
    ]
    for event in events:
        assert SECRET in encode(event)
        assert SECRET not in encode(PLAIN.event(event))


def test_an_event_without_secrets_is_left_as_it_is() -> None:
    answer = ResponseReceived(t=0.0, step=1, status=200, headers=(("a", "b"),), body=b"[]", cut=False, took_s=0.0)
    assert PLAIN.event(answer) is answer


def test_the_header_line_is_cleared() -> None:
    header = Header(
        workersim="1",
        python="3",
        app="a",
        story=f"alice: POST /login user=ann password={SECRET}\nbob: GET / auth bob:{SECRET} shows",
        command=f"--write 'POST /login password={SECRET}'",
    )
    clean = PLAIN.header(header)
    assert SECRET not in repr(clean)
    assert clean.story == "alice: POST /login user=ann password=[removed]\nbob: GET / auth bob:[removed] shows"


@given(st.binary(max_size=60) | st.text("password=&\"':{}<input name=value>\r\n-;x1", max_size=80).map(str.encode))
@settings(deadline=None, max_examples=400)
def test_redacting_twice_changes_nothing(data: bytes) -> None:
    once = PLAIN.data(data)
    assert PLAIN.data(once) == once


def _leaky_run() -> Tape:
    """Alice's token reaches bob in a cookie, in a CSRF field and in a log-in answer; a register beside them."""
    tape = Tape(keys=(Key(name="cart"), Key(name="name", kind=KeyKind.REGISTER)))
    tape.send("alice", adds(A1), writes(A2, "name"), method="POST", body=f"item={A1}&password={A2}".encode())
    tape.answer(json.dumps({"access_token": A1}), headers=(("Set-Cookie", f"last={A1}; Path=/"),))
    tape.send("bob", reads("cart"), headers=(("Cookie", f"s={B1}"),), url=f"/?password={B1}")
    tape.answer("nothing", headers=(("Set-Cookie", f"last={A1}; Path=/"),))
    tape.send("bob", reads("name"), reads("cart"))
    tape.answer(f"<input name=csrf_token value={A2}>")
    return tape


def test_the_history_of_the_redacted_record_is_the_history_of_the_run() -> None:
    events = _leaky_run().end()
    written = [decode(encode(PLAIN.event(event))) for event in events]
    assert written != events
    assert history(written) == history(events)
    leaks = [(one.step, one.got) for one in find(history(written)) if one.name is Anomaly.LEAK]
    assert leaks == [(2, A1), (3, A2)]
