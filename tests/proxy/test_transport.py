"""An answer that is at hand as a whole reads like any answer of httpx."""

from __future__ import annotations

import gzip
import pickle

import httpx
import pytest

from simulator.proxy.call import RawHeaders, Reply
from simulator.proxy.transport import BASE_URL, WholeAnswer

JSON = [(b"content-type", b"application/json")]
LATIN = [(b"content-type", b"text/plain; charset=latin-1"), (b"content-length", b"1")]
GZIP = [(b"content-type", b"text/plain"), (b"content-encoding", b"gzip")]


@pytest.mark.parametrize(
    ("headers", "body"),
    [([], b""), (JSON, b'{"a": 1}'), (LATIN, b"\xe9"), (GZIP, gzip.compress(b"packed", mtime=0))],
)
def test_a_whole_answer_reads_like_a_stream(headers: RawHeaders, body: bytes) -> None:
    reply = Reply(201, headers, body)
    streamed = httpx.Response(201, headers=headers, stream=httpx.ByteStream(body))
    ours, theirs = (
        httpx.Client(transport=httpx.MockTransport(lambda _, one=one: one), base_url=BASE_URL).get("/")
        for one in (WholeAnswer(reply), streamed)
    )
    for name in ("content", "text", "encoding", "status_code", "is_closed", "is_stream_consumed"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert ours.num_bytes_downloaded == theirs.num_bytes_downloaded
    assert ours.elapsed.total_seconds() > 0
    assert list(ours.iter_bytes()) == list(theirs.iter_bytes())
    assert pickle.loads(pickle.dumps(ours)).content == theirs.content
    with pytest.raises(httpx.StreamConsumed):
        next(ours.iter_raw())


def test_a_whole_answer_can_be_read_in_pieces() -> None:
    answer = WholeAnswer(Reply(200, [], b"abcd"))
    assert list(answer.iter_raw(2)) == [b"ab", b"cd"]
    with pytest.raises(httpx.StreamConsumed):
        answer.read()
