"""Frames survive being cut anywhere, and carry what ASGI carries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.wire import Decoder, Message, encode

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=8,
)
MESSAGES = st.lists(st.dictionaries(st.text(), PLAIN, max_size=4), max_size=4)


@given(frames=st.lists(MESSAGES, max_size=4), cuts=st.lists(st.integers(1, 40), min_size=1))
def test_frames_come_back_however_the_bytes_are_cut(frames: list[list[Message]], cuts: list[int]) -> None:
    data = b"".join(encode(messages) for messages in frames)
    decoder, received, at = Decoder(), [], 0
    while at < len(data):
        size = cuts[at % len(cuts)]
        received += decoder.feed(data[at : at + size])
        at += size
    assert received == frames
    assert decoder.is_between_frames


def test_a_frame_that_was_cut_short_is_noticed() -> None:
    decoder = Decoder()
    whole = encode([{"type": "http.disconnect"}])
    assert decoder.feed(whole + whole[:-1]) == [[{"type": "http.disconnect"}]]
    assert not decoder.is_between_frames


def test_a_large_body_travels_in_one_frame() -> None:
    body = bytes(50 * 1024 * 1024)
    decoder = Decoder()
    data = encode([{"type": "http.request", "body": body, "more_body": False}])
    frames = [frame for at in range(0, len(data), 1 << 18) for frame in decoder.feed(data[at : at + (1 << 18)])]
    assert len(frames) == 1
    assert frames[0][0]["body"] == body


def test_what_is_not_plain_cannot_travel() -> None:
    with pytest.raises(ValueError, match="unmarshallable"):
        encode([{"type": "http.response.body", "body": object()}])
