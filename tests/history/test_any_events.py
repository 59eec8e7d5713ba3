"""Whatever a record says, in whatever order, it has a history, and the same one without its secrets."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tape import A1, A2, B1, W1, Tape

from simulator.events import (
    AppLoaded,
    Effect,
    Event,
    OutsideChanged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    ValueSeen,
    WorkerStarted,
)
from simulator.history.from_events import history
from simulator.history.operation import Kind, Outcome
from simulator.history.record import decode, encode
from simulator.history.redaction import Redaction
from simulator.story.keys import Key, KeyKind

KEYS = tuple(Key(name=kind, kind=kind) for kind in KeyKind)
TOKENS = (A1, A2, B1, W1)
now = st.just(0.0)
steps = st.integers(1, 6)
workers = st.sampled_from([1, 2])
names = st.sampled_from(["alice", "bob"])
effects = st.lists(
    st.builds(
        Effect,
        kind=st.sampled_from([str(kind) for kind in Kind]),
        key=st.sampled_from([*KeyKind, "undeclared"]).map(str),
        value=st.sampled_from([*TOKENS, 1, None]),
        of=st.none() | names,
        complete=st.booleans(),
        path=st.sampled_from(["", "x", "0"]),
        to=st.none() | names,
    ),
    max_size=3,
).map(tuple)
texts = st.lists(
    st.sampled_from([*TOKENS, "[", "]", '"', "<li>", "7", ",", '{"x":', "}", "&password=", " "]), max_size=8
)
bodies = texts.map(lambda parts: "".join(parts).encode())
headers = st.lists(
    st.tuples(
        st.sampled_from(["cookie", "set-cookie", "location", "authorization", "content-encoding"]),
        st.sampled_from([*TOKENS, f"a={A1}; b={B1}", "gzip"]),
    ),
    max_size=2,
).map(tuple)
events = st.one_of(
    st.builds(
        RequestSent,
        t=now,
        step=steps,
        user=names,
        worker=st.none() | workers,
        method=st.sampled_from(["GET", "HEAD", "POST"]),
        url=st.sampled_from(["/", *TOKENS, f"/?password={A1}"]),
        headers=headers,
        body=bodies,
        effects=effects,
        expect=st.sampled_from([(), (409,)]),
        phase=st.just("story"),
        composed=st.booleans(),
    ),
    st.builds(
        ResponseReceived,
        t=now,
        step=steps,
        status=st.sampled_from([200, 302, 308, 404, 409, 500]),
        headers=headers,
        body=bodies,
        cut=st.booleans(),
        took_s=now,
    ),
    st.builds(RequestFailed, t=now, step=steps, reason=st.just("timeout"), detail=st.just(""), where=st.just(())),
    st.builds(ValueSeen, t=now, step=steps, key=st.just("register"), value=st.sampled_from([None, A1])),
    st.builds(OutsideChanged, t=now, step=steps, began=now, what=st.just(""), effects=effects),
    st.builds(WorkerStarted, t=now, worker=workers, generation=st.integers(0, 2), pid=st.just(1), load=workers),
    st.builds(AppLoaded, t=now, load=workers, began=now, worker=st.none()),
)


def _at(event: Event, place: int) -> Event:
    times = {"t": float(place), "began": place - 0.5}
    return replace(event, **{field.name: times[field.name] for field in fields(event) if field.name in times})


@given(st.lists(events, max_size=25))
@settings(deadline=None, max_examples=200)
def test_any_events_make_a_history(drawn: list[Event]) -> None:
    tape = Tape(keys=KEYS)
    tape.events += [_at(event, place) for place, event in enumerate(drawn, start=len(tape.events))]
    found = history(tape.events)
    began = [operation.began for operation in found.operations]
    assert began == sorted(began)
    assert all(operation.began < operation.ended for operation in found.operations if operation.outcome is Outcome.OK)
    assert {operation.key for operation in found.operations} <= found.keys.keys()
    assert {token for answer in found.answers for token in (*answer.sent, *answer.shown)} <= found.labels.keys()
    redaction = Redaction()
    assert history(decode(encode(redaction.event(event))) for event in tape.events) == found
