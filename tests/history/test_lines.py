"""Lines are what the record's own encoder writes of a redacted event, to the byte."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.events import Effect, Event, Logged, RequestSent, ResponseReceived
from simulator.history.lines import Lines
from simulator.history.record import encode
from simulator.history.redaction import Redaction
from simulator.story.tokens import token

TOKEN = token(seed=0, user="alice", counter=1)
texts = st.text(max_size=12)
seconds = st.floats(allow_nan=False, allow_infinity=False)
steps = st.integers(0, 10**6)
pairs = st.sampled_from(
    [
        ("cookie", f"session={TOKEN}; theme=dark"),
        ("Cookie", "a=b"),
        ("set-cookie", f'id="{TOKEN}"; Path=/'),
        ("authorization", f"Bearer {TOKEN}"),
        ("x-mine", "secret of mine"),
        ("location", f"/next?token={TOKEN}&page=2"),
        ("referer", 'http://workersim.local/"é"'),
    ]
)
headers = st.lists(st.tuples(texts, texts) | pairs, max_size=4).map(tuple)
said = [b"", b"pong", b"\xff\x00", f"password={TOKEN}&name=x".encode(), b'{"api_key": "k", "a": 1}', '"é\n'.encode()]
bodies = st.binary(max_size=12) | st.sampled_from(said)
effects = st.lists(st.builds(Effect, kind=st.just("add"), key=texts, value=st.none() | texts), max_size=2).map(tuple)

sent = st.builds(
    RequestSent,
    t=seconds,
    step=steps,
    user=texts,
    worker=st.none() | steps,
    method=texts,
    url=texts | st.just(f"/in?password={TOKEN}"),
    headers=headers,
    body=bodies,
    effects=effects,
    expect=st.lists(steps, max_size=3).map(tuple),
    phase=texts,
    composed=st.booleans(),
)
received = st.builds(
    ResponseReceived,
    t=seconds,
    step=steps,
    status=steps,
    headers=headers,
    body=bodies,
    cut=st.booleans(),
    took_s=seconds,
)
other = st.builds(
    Logged,
    t=seconds,
    worker=steps,
    step=steps,
    user=texts,
    level=texts,
    logger=texts,
    message=texts | st.just("token=abc"),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(sent | received | other, min_size=1, max_size=4))
def test_a_line_is_the_redacted_event_as_it_is_encoded(events: list[Event]) -> None:
    redaction = Redaction(headers=["X-Mine"])
    lines = Lines(redaction)
    assert [lines.line(event) for event in events] == [encode(redaction.event(event)) for event in events]
