"""The httpx transport of scripted users that goes straight to the workers.

Rule: a request meets the same scope and raises the same exception whichever way it takes, so that one
scenario has one history.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from simulator.proxy.call import STEP_HEADER, Call, NoAnswer, RawHeaders, Reply, Request, http_scope
from simulator.proxy.direct import Direct, OpenAnswer
from simulator.wire import HOST

CALL = "workersim.call"
"""The extension of an httpx request that holds its `Call`."""
STREAMING = "workersim.streaming"
"""The extension that says that the answer is wanted piece by piece."""
BASE_URL = f"http://{HOST}"


class DirectTransport(httpx.BaseTransport):
    """Puts each request on the wire to a worker, with no HTTP in between."""

    def __init__(self, direct: Direct) -> None:
        self._direct = direct

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The application's answer. Raises httpx.ReadTimeout, RemoteProtocolError or ConnectError."""
        call = call_of(request)
        asked = wire_request(request, call)
        try:
            if not request.extensions.get(STREAMING):
                return WholeAnswer(self._direct.send(asked, call))
            answer = self._direct.open(asked, call)
            answer.begin()
        except NoAnswer as failure:
            raise as_httpx(failure, request) from None
        return httpx.Response(
            answer.exchange.status,
            headers=answer.exchange.headers,
            stream=_Pieces(answer, request),
            extensions={"http_version": b"HTTP/1.1"},
        )


class WholeAnswer(httpx.Response):
    """An answer that is at hand as a whole, where httpx would read it piece by piece, slowly."""

    def __init__(self, reply: Reply) -> None:
        self._body = reply.body
        stream = httpx.ByteStream(reply.body)
        super().__init__(reply.status, headers=reply.headers, stream=stream, extensions={"http_version": b"HTTP/1.1"})

    def read(self) -> bytes:
        """The content, as httpx would give it."""
        if self.is_closed or "content-encoding" in self.headers:
            return super().read()
        self._content = self._body
        self._num_bytes_downloaded = len(self._body)
        self.is_stream_consumed = True
        self.close()
        return self._content


class _Pieces(httpx.SyncByteStream):
    """An open answer as httpx reads it."""

    def __init__(self, answer: OpenAnswer, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.pieces()
        except NoAnswer as failure:
            raise as_httpx(failure, self._request) from None

    def close(self) -> None:
        try:
            self._answer.close()
        except NoAnswer as failure:
            raise as_httpx(failure, self._request) from None


def call_of(request: httpx.Request) -> Call:
    """What is known about the request. Raises httpx.ConnectError where it does not go to the application."""
    call: Call | None = request.extensions.get(CALL)
    if call is not None:
        return call
    if not is_ours(request.url):
        raise httpx.ConnectError(f"{request.url} is not the application, and nothing else is asked", request=request)
    return Call(user="user")


def is_ours(url: httpx.URL) -> bool:
    """Whether the address is the application's, or one of its subdomains."""
    host = url.host
    return host == HOST or host.endswith(f".{HOST}")


def wire_request(request: httpx.Request, call: Call) -> Request:
    """The request as it goes over the wire, with its step."""
    scope = http_scope(
        method=request.method,
        target=request.url.raw_path,
        headers=wire_headers(request, call),
        scheme=request.url.scheme,
    )
    return Request(scope, request.read())


def wire_headers(request: httpx.Request, call: Call) -> RawHeaders:
    """The request's headers as HTTP/1.1 servers hand them on: names in lower case; and the step."""
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    if call.step is not None:
        headers.append((STEP_HEADER, str(call.step).encode()))
    return headers


def as_httpx(failure: NoAnswer, request: httpx.Request) -> httpx.TransportError:
    """The exception that a client meets where no whole answer comes."""
    match failure.reason:
        case "timeout":
            return httpx.ReadTimeout(failure.detail, request=request)
        case "refused" | "too-large":
            return httpx.ConnectError(failure.detail, request=request)
    return httpx.RemoteProtocolError(failure.detail, request=request)
