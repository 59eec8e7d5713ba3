"""How a request and its answer are written in one line."""

from __future__ import annotations

from simulator.events import RequestSent
from simulator.runner.shown import request_text


def sent(body: str) -> RequestSent:
    headers = (("content-type", "application/x-www-form-urlencoded"),)
    return RequestSent(
        t=0.0,
        step=1,
        user="alice",
        worker=1,
        method="POST",
        url="/cart",
        headers=headers,
        body=body.encode(),
        effects=(),
        expect=(),
        phase="story",
        composed=False,
    )


def test_a_token_that_nobody_reads_is_cut() -> None:
    text = request_text(
        sent(f"text=alice-1&csrfmiddlewaretoken=abcdefgh{'x' * 56}&note=a+long+text+of+more+than+forty+letters")
    )
    assert text == "POST /cart text=alice-1 csrfmiddlewaretoken=abcdefgh… note=a long text of more than forty letters"
