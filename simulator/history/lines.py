"""Lines of a record, without secrets: what `record.encode` writes of what `Redaction.event` leaves, faster.

Every request has two of them, `request_sent` and `response_received`. These are put together from their pieces, and
headers, which repeat, are redacted and written once.
"""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as _quoted

from simulator.events import Event, Headers, RequestSent, ResponseReceived
from simulator.history.record import encode, encode_value, plain_body, plain_effect
from simulator.history.redaction import Redaction

_MOST_HEADERS = 1000


class Lines:
    """Writes events by `redaction`."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._headers: dict[tuple[str, str], str] = {}

    def line(self, event: Event) -> str:
        """One line, without its newline."""
        kind = type(event)
        if kind is RequestSent:
            return self._sent(event)  # type: ignore[arg-type]
        if kind is ResponseReceived:
            return self._received(event)  # type: ignore[arg-type]
        return encode(self._redaction.event(event))

    def _sent(self, event: RequestSent) -> str:
        effects = encode_value([plain_effect(effect) for effect in event.effects]) if event.effects else "[]"
        expect = encode_value(event.expect) if event.expect else "[]"
        return (
            f'{{"type":"request_sent","t":{event.t!r},"step":{event.step},"user":{_quoted(event.user)},'
            f'"worker":{"null" if event.worker is None else event.worker},"method":{_quoted(event.method)},'
            f'"url":{_quoted(self._redaction.text(event.url))},"headers":{self._all(event.headers)},'
            f'"body":{self._body(event.body)},"effects":{effects},"expect":{expect},'
            f'"phase":{_quoted(event.phase)},"composed":{"true" if event.composed else "false"}}}'
        )

    def _received(self, event: ResponseReceived) -> str:
        return (
            f'{{"type":"response_received","t":{event.t!r},"step":{event.step},"status":{event.status},'
            f'"headers":{self._all(event.headers)},"body":{self._body(event.body)},'
            f'"cut":{"true" if event.cut else "false"},"took_s":{event.took_s!r}}}'
        )

    def _body(self, body: bytes) -> str:
        return encode_value(plain_body(self._redaction.data(body))) if body else '""'

    def _all(self, headers: Headers) -> str:
        known = self._headers
        return "[" + ",".join([known[one] if one in known else self._learn(one) for one in headers]) + "]"

    def _learn(self, header: tuple[str, str]) -> str:
        written = encode_value(self._redaction.headers((header,))[0])
        if len(self._headers) >= _MOST_HEADERS:
            self._headers.clear()
        self._headers[header] = written
        return written
