"""The file form of a history: what is written is read back, and what breaks the form is named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from simulator.errors import RecordError
from simulator.history.jsonl import Reader, read, write
from simulator.history.operation import Answer, History, Kind, Load, Operation, Outcome
from simulator.story.keys import Key, KeyKind, Scope

HISTORY = History(
    keys={
        "cart": Key(name="cart"),
        "price": Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED, fresh_s=5.0, initial="old"),
    },
    operations=(
        Operation(
            user="alice", of="alice", key="cart", kind=Kind.ADD, value="t1", began=1.0, ended=1.5, worker=(1, 71),
            load=1, step=1,
        ),
        Operation(user="admin", of="alice", key="cart", kind=Kind.REMOVE, value="t1", began=2.0, ended=3.0, step=2,
                  outcome=Outcome.FAIL),
        Operation(user="bob", of="bob", key="cart", kind=Kind.READ, value=("t1", "t2"), began=3.0, ended=3.0,
                  complete=False, worker=(2, 72)),
        Operation(user="bob", of="bob", key="price", kind=Kind.READ, value=None, began=4.0, ended=5.0),
        Operation(user="bob", of="bob", key="price", kind=Kind.WRITE, value="t3", began=4.0, ended=6.0, based_on="old",
                  outcome=Outcome.INFO),
    ),
    answers=(Answer(step=1, user="alice", worker=(1, 71), began=1.0, ended=1.5, sent=("t1",), shown=("t1",)),),
    loads={1: Load(began=0.0, ended=0.5)},
    labels={"t1": "alice-1"},
    workers=2,
)  # fmt: skip
HEADER = '{"v":1,"type":"history","keys":[{"name":"cart"}]}\n'
GOOD = '{"type":"operation","user":"alice","key":"cart","kind":"add","value":"t1","began":1,"ended":2}\n'


def test_what_is_written_is_read_back() -> None:
    lines = list(write(HISTORY))
    assert read(line + "\n" for line in lines) == HISTORY
    assert all("\n" not in line for line in lines)


def test_defaults_are_left_out_and_come_back() -> None:
    history = read([HEADER, GOOD])
    assert history.operations == (
        Operation(user="alice", of="alice", key="cart", kind=Kind.ADD, value="t1", began=1, ended=2),
    )
    assert json.loads(list(write(history))[1]) == json.loads(GOOD)


def test_a_worker_may_be_a_plain_number_and_an_unanswered_request_needs_no_end() -> None:
    line = (
        '{"type":"operation","user":"a","key":"cart","kind":"add","value":"t","began":1,"outcome":"info","worker":2}\n'
    )
    (operation,) = read([HEADER, line]).operations
    assert (operation.worker, operation.ended) == ((2, 0), 1)


BAD: dict[str, tuple[Callable[[], str], str]] = {
    "cut": (lambda: GOOD[:40], "it is cut, the end is missing"),
    "not json": (lambda: "hello\n", "it is not JSON"),
    "not an object": (lambda: "[1]\n", "it is not a JSON object"),
    "unknown type": (lambda: '{"type":"request"}\n', "its type is 'request'"),
    "unknown key": (lambda: GOOD.replace("cart", "basket"), 'the header declares no key "basket"'),
    "unknown kind": (lambda: GOOD.replace('"add"', '"push"'), "'push' is not a valid Kind"),
    "unknown field": (lambda: GOOD.replace('"value"', '"valeu"'), 'it has a field "valeu" that is not known'),
    "field missing": (lambda: GOOD.replace('"user":"alice",', ""), '"user" is missing'),
    "wrong shape": (lambda: GOOD.replace('"ended":2', '"ended":"2"'), '"ended" is not what it should be'),
    "worker": (lambda: GOOD.replace('"ended":2', '"ended":2,"worker":[1,2,3]'), '"worker" is not what it should be'),
    "answer first": (lambda: GOOD.replace('"began":1', '"began":3'), "the answer (2) comes before the request (3)"),
    "no end": (lambda: GOOD.replace(',"ended":2', ""), '"ended" is missing'),
    "infinite": (lambda: GOOD.replace('"ended":2', '"ended":1e999'), "its times are no finite numbers"),
    "not a number": (lambda: GOOD.replace('"ended":2', '"ended":NaN'), "NaN is no number"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_named_with_the_reason_and_the_next_one_is_read(name: str) -> None:
    make, reason = BAD[name]
    reader = Reader()
    reader.take(HEADER)
    with pytest.raises(RecordError) as caught:
        reader.take(make())
    assert caught.value.what.startswith("line 2 of the history: ")
    assert reason in caught.value.what
    assert "\n" not in caught.value.what
    assert isinstance(reader.take(GOOD), Operation)


def test_time_that_runs_backwards_is_named() -> None:
    reader = Reader()
    for line in (HEADER, GOOD.replace('"began":1', '"began":1.5')):
        reader.take(line)
    with pytest.raises(RecordError, match=r"line 3 .* time runs backwards: it begins at 1, a line before it at 1\.5"):
        reader.take(GOOD)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ('{"v":2,"type":"history","keys":[]}\n', "it is of version 2; this workersim reads version 1"),
        ('{"v":1,"type":"trace"}\n', "it is not the header of a history"),
        ('{"v":1,"type":"history","keys":[{"name":"a","kind":"tree"}]}\n', "a key is not what it should be"),
        ('{"v":1,"type":"history","keys":7}\n', '"keys" has to be a list'),
        (GOOD, "it is not the header of a history"),
    ],
)
def test_a_wrong_header_is_named(header: str, reason: str) -> None:
    with pytest.raises(RecordError, match="line 1 of the history") as caught:
        read([header])
    assert reason in caught.value.what


def test_an_empty_file_is_named() -> None:
    with pytest.raises(RecordError, match="the history is empty"):
        read([])
