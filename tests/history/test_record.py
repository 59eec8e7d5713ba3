"""The record says what happened, and can be read after anything but damage in its middle."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator import events
from simulator.errors import RecordError
from simulator.events import Effect, Event, Headers, Logged, OutsideChanged, ResponseReceived, RunStarted, ValueSeen
from simulator.history.operation import Kind
from simulator.history.record import Header, decode, encode, encode_header, read
from simulator.story.keys import Key

HEADER = Header(workersim="1.0.0", python="3.12.4", app="app:app", order="2:ab", story="alice: GET /")
EVENTS = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)]
TYPES = [kind for kind in EVENTS if kind is not Event]

texts = st.text(max_size=20)
seconds = st.floats(allow_nan=False, allow_infinity=False)
kinds = st.sampled_from([str(kind) for kind in Kind])


def _strategy(hint: Any) -> st.SearchStrategy[Any]:
    known: dict[Any, st.SearchStrategy[Any]] = {
        float: seconds,
        bytes: st.binary(max_size=40) | texts.map(lambda text: text.encode("utf-8", "replace")),
        Headers: st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
        tuple[Effect, ...]: st.lists(st.builds(Effect, kind=kinds, key=texts), max_size=2).map(tuple),
    }
    return known[hint] if hint in known else st.from_type(hint)


def _events(kind: type[Event]) -> st.SearchStrategy[Event]:
    hints = get_type_hints(kind)
    made = {field.name: _strategy(hints[field.name]) for field in fields(kind) if field.name != "keys"}
    if kind is RunStarted:
        made["keys"] = st.just((Key(name="cart", initial="x").plain(), Key(name="hits").plain()))
    return st.builds(kind, **made)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_every_event_is_read_back_as_it_was(kind: type[Event]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(_events(kind))
    def check(event: Event) -> None:
        line = encode(event)
        assert line.isascii()
        assert "\n" not in line
        assert decode(line) == event

    check()


@given(st.builds(Effect, kind=kinds))
@settings(max_examples=100, deadline=None)
def test_every_effect_is_read_back_as_it_was(effect: Effect) -> None:
    event = OutsideChanged(t=1.0, step=1, began=0.5, what="w", effects=(effect,))
    assert decode(encode(event)) == event


def test_the_form_is_the_documented_one() -> None:
    event = ResponseReceived(t=0.0031, step=2, status=200, headers=(("a", "b"),), body=b"[]", cut=False, took_s=0.5)
    assert encode(event) == (
        '{"type":"response_received","t":0.0031,"step":2,"status":200,"headers":[["a","b"]],"body":"[]",'
        '"cut":false,"took_s":0.5}'
    )
    assert json.loads(encode_header(HEADER))["v"] == 1


def test_bytes_that_are_no_text_are_base64() -> None:
    event = ResponseReceived(t=0.0, step=1, status=200, headers=(), body=b"\xff\xfe", cut=False, took_s=0.0)
    assert json.loads(encode(event))["body"] == {"base64": "//4="}
    assert decode(encode(event)) == event


def _lines(count: int) -> list[str]:
    one = ValueSeen(t=0.25, step=1, key="cart", value=("a", "b"))
    return [encode_header(HEADER) + "\n"] + [encode(one) + "\n"] * count


def test_a_whole_record_is_read() -> None:
    record = read(_lines(3))
    assert record.header == HEADER
    assert len(record.events) == 3
    assert record.cut is None
    assert read([line.encode() for line in _lines(3)]) == record


def test_every_way_to_cut_the_last_line_keeps_the_rest_and_is_reported() -> None:
    whole = _lines(2)
    last = whole[-1].rstrip("\n")
    for length in range(1, len(last)):
        record = read([*whole[:-1], last[:length]])
        assert len(record.events) == 1
        assert record.cut == last[:length]
    complete_without_newline = read([*whole[:-1], last])
    assert len(complete_without_newline.events) == 2
    assert complete_without_newline.cut is None


@pytest.mark.parametrize(
    ("number", "bad", "reason"),
    [
        (1, '{"type":"ready"}\n', "begins with its header"),
        (1, '{"v":2,"type":"header"}\n', "version 2"),
        (1, '{"v":1,"type":"header","app":"a"}\n', "missing"),
        (2, "{not json}\n", "not JSON"),
        (2, '{"type":"value_se', "not JSON"),
        (5, '{"type":"value_se\n', "not JSON"),
        (2, "[1]\n", "not a JSON object"),
        (2, '{"type":"new_thing","t":1.0}\n', "no event"),
        (2, '{"type":"value_seen","t":1.0}\n', "missing"),
        (2, '{"type":"value_seen","t":"now","step":1,"key":"k","value":null}\n', '"t" of value_seen'),
        (2, '{"type":"value_seen","t":1.0,"step":true,"key":"k","value":null}\n', '"step" of value_seen'),
        (2, '{"type":"run_ended","t":1.0,"reason":"done","more":1}\n', "more"),
        (3, '{"type":"outside_changed","t":1,"step":1,"began":1,"what":"","effects":[{"kind":1}]}\n', "effect"),
        (
            3,
            '{"type":"outside_changed","t":1,"step":1,"began":1,"what":"","effects":[{"kind":"x","key":"k"}]}\n',
            "kind",
        ),
        (3, '{"type":"response_received","t":1.0,"body":{"base64":"!"}}\n', "base64"),
    ],
)
def test_damage_names_the_line_and_the_reason(number: int, bad: str, reason: str) -> None:
    lines = _lines(4)
    lines[number - 1] = bad
    with pytest.raises(RecordError, match=reason) as caught:
        read(lines)
    assert f"line {number} of the record" in caught.value.what


def test_an_empty_record_is_an_error() -> None:
    with pytest.raises(RecordError, match="empty"):
        read([])


def test_no_text_of_a_worker_can_end_a_line() -> None:
    event = Logged(t=0.0, worker=1, step=None, user=None, level="INFO", logger="x", message="a\nb\u2028c\x85\udc80")
    assert len((encode(event) + "\n").splitlines()) == 1
    assert decode(encode(event)) == event
