"""Tokens are fresh, repeat with their seed, survive every escaping, and are shown by their labels."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from simulator.story.tokens import TOKEN, labels_of, show, show_bytes, token, tokens_in

ALICE, BOB = token(seed=0, user="alice", counter=1), token(seed=0, user="bob", counter=1)


def test_a_token_is_a_function_of_seed_user_and_counter() -> None:
    made = {
        token(seed=seed, user=user, counter=counter)
        for seed in range(20)
        for user in ("alice", "bob", "alice-1", "alice/1")
        for counter in range(1, 50)
    }
    assert len(made) == 20 * 4 * 49
    assert all(TOKEN.fullmatch(one) for one in made)


def test_tokens_stay_the_same_between_versions() -> None:
    """Recorded runs are replayed by later versions."""
    assert token(seed=0, user="alice", counter=1) == "wsimcr5ltn4vl3x5"


@given(st.text(max_size=10), st.text(max_size=10), st.integers(0, 2**63), st.text(min_size=1, max_size=8))
def test_every_escaping_leaves_tokens_to_be_found(before: str, after: str, seed: int, user: str) -> None:
    mine = token(seed=seed, user=user, counter=1)
    text = before + mine + after
    for escaped in (text, html.escape(text), quote(text), json.dumps(text), json.dumps(json.dumps(text)), repr(text)):
        assert mine in tokens_in(escaped)
        assert mine in tokens_in(escaped.encode("utf-8", "replace"))


def test_tokens_are_found_in_order_with_repetitions() -> None:
    assert tokens_in(f"{BOB}{ALICE} {BOB}x") == (BOB, ALICE, BOB)
    assert tokens_in("wsimabc wsim" + "A" * 12) == ()


def test_labels_for_tokens() -> None:
    wanted = [BOB, token(seed=0, user="alice", counter=40), "wsimaaaaaaaaaaaa"]
    labels = labels_of(wanted, seed=0, users=["alice", "bob"])
    assert labels == {BOB: "bob-1", wanted[1]: "alice-40"}
    assert show(f"[{BOB}, {wanted[2]}]", labels) == "[bob-1, wsimaaaaaaaaaaaa]"
    assert show_bytes(f"[{BOB}, {wanted[2]}]".encode() + b"\xff", labels) == b"[bob-1, wsimaaaaaaaaaaaa]\xff"
    assert labels_of([], seed=0, users=["alice"]) == {}
