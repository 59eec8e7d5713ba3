"""The httpx transport of scripted users that goes over HTTP, through the gateway."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from simulator.proxy.call import Call
from simulator.proxy.dealer import Dealer
from simulator.proxy.gateway import FAILURE_HEADER, Gateway
from simulator.proxy.server import Server
from simulator.proxy.transport import as_httpx, call_of, wire_headers

_SETTLE_LIMIT_S = 60.0


@contextmanager
def over_http(dealer: Dealer, *, port: int = 0) -> Iterator[HttpTransport]:
    """A transport for as long as the block lasts, with a gateway of its own on `port` (0: any free one).

    Raises PortInUse.
    """
    gateway = Gateway(dealer)
    with Server(gateway, port=port) as server:
        transport = HttpTransport(gateway, server.url)
        try:
            yield transport
        finally:
            transport.close()


class HttpTransport(httpx.BaseTransport):
    """Sends each request over HTTP to the gateway that listens at `url`."""

    def __init__(self, gateway: Gateway, url: str) -> None:
        self._gateway = gateway
        self._address = httpx.URL(url)
        self._http = httpx.HTTPTransport(verify=False, trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The application's answer. Raises what DirectTransport raises."""
        call = call_of(request)
        assert call.step is not None, "over HTTP a request is recognised by its step"
        self._gateway.announce(call, scheme=request.url.scheme)
        answer = _HttpAnswer(self._gateway, call.step, request)
        try:
            response = self._http.handle_request(self._moved(request, call))
        except httpx.TransportError as error:
            raise answer.failure() or error from None
        if failure := answer.failure_so_far(response):
            response.close()
            raise failure
        answer.stream = response.stream
        return httpx.Response(
            response.status_code, headers=response.headers.raw, stream=answer, extensions=response.extensions
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _moved(self, request: httpx.Request, call: Call) -> httpx.Request:
        """The same request, at the gateway's address."""
        address = self._address
        return httpx.Request(
            request.method,
            request.url.copy_with(scheme=address.scheme, host=address.host, port=address.port),
            headers=wire_headers(request, call),
            stream=httpx.ByteStream(request.read()),
            extensions={"timeout": {"connect": 10.0, "pool": 10.0}},
        )


class _HttpAnswer(httpx.SyncByteStream):
    """An answer over HTTP; at its end the gateway is asked how it came to it."""

    def __init__(self, gateway: Gateway, step: int, request: httpx.Request) -> None:
        self.stream: httpx.SyncByteStream | httpx.AsyncByteStream = httpx.ByteStream(b"")
        self._gateway = gateway
        self._step = step
        self._request = request

    def failure(self) -> httpx.TransportError | None:
        """Why no whole answer came, when the gateway is done with the request."""
        failure = self._gateway.settle(self._step, _SETTLE_LIMIT_S)
        return as_httpx(failure, self._request) if failure else None

    def failure_so_far(self, response: httpx.Response) -> httpx.TransportError | None:
        """The same for an answer that is the gateway's own."""
        return self.failure() if response.headers.get(FAILURE_HEADER) else None

    def __iter__(self) -> Iterator[bytes]:
        assert isinstance(self.stream, httpx.SyncByteStream)
        try:
            yield from self.stream
        except httpx.TransportError as error:
            raise self.failure() or error from None

    def close(self) -> None:
        assert isinstance(self.stream, httpx.SyncByteStream)
        self.stream.close()
        self._gateway.settle(self._step, _SETTLE_LIMIT_S)
