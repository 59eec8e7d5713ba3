"""What differs between two answers to one request of one schedule is left out and named; all else stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.checkers.masks import MASK, Answer, masked, masked_bytes, noise

HTML, JSON, TEXT = b"text/html", b"application/json", b"text/plain"


def answer(body: str, kind: bytes = HTML, *headers: tuple[bytes, bytes], status: int = 200) -> Answer:
    return Answer(status, ((b"Content-Type", kind), *headers), body.encode())


def form(nonce: str) -> str:
    return f'<p>hello</p><form><input type="hidden" name="nonce" value="{nonce}"><input name="item" value="x"></form>'


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        (answer("served by 17 today"), answer("served by 18 today"), ('what follows "by"',)),
        (answer("17 served"), answer("18 served"), ("the first word",)),
        (answer('{"pid": 1, "ok": true}', JSON), answer('{"pid": 2, "ok": true}', JSON), ("`pid`",)),
        (answer('{"a": [{"t": 1}, 2]}', JSON), answer('{"a": [{"t": 3}, 2]}', JSON), ("`a[0].t`",)),
        (answer("[1, 2]", JSON), answer("[1, 2, 3]", JSON), ("the list",)),
        (answer("1.5", JSON), answer("1.7", JSON), ("the answer",)),
        (answer(form("a")), answer(form("b")), ("`nonce` in the form",)),
        (answer("<script>1</script>x"), answer("<script>2</script>x"), ("the source of the page",)),
        (answer("x", TEXT, (b"X-Took", b"1")), answer("x", TEXT, (b"X-Took", b"2")), ("the header X-Took",)),
        (
            answer("x", TEXT, (b"Set-Cookie", b"id=1; Path=/")),
            answer("x", TEXT, (b"Set-Cookie", b"id=2; Path=/")),
            ("the cookie id",),
        ),
        (answer("same"), answer("same"), ()),
    ],
)
def test_what_differs_has_a_name_and_is_left_out(one: Answer, other: Answer, names: tuple[str, ...]) -> None:
    assert noise(one, other) == names
    assert masked(one.meaning, other.meaning) == masked(other.meaning, one.meaning) or "list" in "".join(names)
    assert masked_bytes(one, other) == masked_bytes(other, one)


def test_the_rest_of_the_answer_still_counts() -> None:
    """Also where something more stands before what was left out."""
    one = masked(answer("notes: served by 17").meaning, answer("notes: served by 18").meaning)
    more = masked(answer("notes: milk served by 21").meaning, answer("notes: milk served by 22").meaning)
    assert one.document == ("notes:", "served", "by", MASK)
    assert more.document == ("notes:", "milk", "served", "by", MASK)


def test_a_status_is_never_left_out() -> None:
    one, other = answer("x"), answer("x", status=500)
    assert masked(one.meaning, other.meaning).status == 200
    assert masked_bytes(one, other) != masked_bytes(other, one)


documents = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3),
    max_leaves=8,
)


@given(documents, documents)
def test_an_answer_without_noise_is_left_alone_and_noise_never_goes_unnamed(one: object, other: object) -> None:
    mine, theirs = (answer(json.dumps(value), JSON) for value in (one, other))
    assert masked(mine.meaning, mine.meaning) == mine.meaning
    assert bool(noise(mine, theirs)) == (mine.body != theirs.body)
