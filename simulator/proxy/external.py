"""The httpx transport of scripted users that goes to a server which is not ours: a development server, a deployed URL.

Rule: what is recorded is what the dealer records, except that nobody knows which worker answered. Every request
has a connection of its own, since with keep-alive one user meets one worker of many again and again.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from simulator.events import RequestFailed, RequestSent, ResponseReceived
from simulator.proxy.call import Call, NoAnswer, RawHeaders, readable
from simulator.proxy.dealer import KEPT_BYTES
from simulator.proxy.transport import BASE_URL, as_httpx, call_of, wire_headers
from simulator.recorder import Clock, Sink


class ExternalTransport(httpx.BaseTransport):
    """Sends each request to the server at `url` (a path in it is put before every path), and tells `sink` of it.

    `timeout_s` limits the whole answer, in real seconds. `kept_bytes` of each body are recorded. `where` is asked
    for the server's last words where no answer came.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        sink: Sink,
        timeout_s: float = 5.0,
        kept_bytes: int = KEPT_BYTES,
        where: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self._url = httpx.URL(url)
        self._clock = clock
        self._emit = sink.emit
        self._timeout_s = timeout_s
        self._kept_bytes = kept_bytes
        self._where = where
        self._steps = 0
        self._http = httpx.HTTPTransport(
            verify=self._url.scheme == "https", trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The server's answer. Raises what DirectTransport raises."""
        call = call_of(request)
        step = self._steps = self._steps + 1 if call.step is None else call.step
        moved = self._moved(request, call)
        self._sent(request, call, step, readable((name.lower(), value) for name, value in moved.headers.raw))
        began_s = time.perf_counter()
        try:
            status, headers, body = self._exchange(moved, began_s + self._timeout_s)
        except httpx.TransportError as error:
            raise as_httpx(self._failed(error, step), request) from None
        kept = body[: self._kept_bytes]
        self._emit(
            ResponseReceived(
                t=self._clock.now(),
                step=step,
                status=status,
                headers=readable(headers),
                body=kept,
                cut=len(kept) < len(body),
                took_s=time.perf_counter() - began_s,
            )
        )
        return httpx.Response(
            status, headers=headers, stream=httpx.ByteStream(body), extensions={"http_version": b"HTTP/1.1"}
        )

    def close(self) -> None:
        """Close what is open."""
        self._http.close()

    def _exchange(self, moved: httpx.Request, deadline_s: float) -> tuple[int, RawHeaders, bytes]:
        """Status, headers and body, all of it. Raises httpx.TransportError."""
        response = self._http.handle_request(moved)
        try:
            parts = []
            for part in response.iter_raw():
                if time.perf_counter() > deadline_s:
                    raise httpx.ReadTimeout("the answer goes on and on")
                parts.append(part)
        finally:
            response.close()
        headers = [(name.lower(), self._at_home(name, value)) for name, value in response.headers.raw]
        return response.status_code, headers, b"".join(parts)

    def _moved(self, request: httpx.Request, call: Call) -> httpx.Request:
        """The same request, at the server's address."""
        url = self._url
        path = url.raw_path.rstrip(b"/") + request.url.raw_path
        headers = [(name, value) for name, value in wire_headers(request, call) if name != b"host"]
        return httpx.Request(
            request.method,
            url.copy_with(raw_path=path),
            headers=[(b"host", url.netloc), *headers],
            stream=httpx.ByteStream(request.read()),
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_s)},
        )

    def _at_home(self, name: bytes, value: bytes) -> bytes:
        """An address of the server as the story knows it, so that its redirects are followed."""
        if name.lower() != b"location":
            return value
        ours = str(self._url).rstrip("/").encode()
        return BASE_URL.encode() + value[len(ours) :] if _begins(value, ours) else value

    def _sent(self, request: httpx.Request, call: Call, step: int, headers: tuple[tuple[str, str], ...]) -> None:
        self._emit(
            RequestSent(
                t=self._clock.now(),
                step=step,
                user=call.user,
                worker=None,
                method=request.method,
                url=request.url.raw_path.decode("latin-1"),
                headers=headers,
                body=request.read()[: self._kept_bytes],
                effects=call.effects,
                expect=call.expect,
                phase=call.phase,
                composed=call.composed,
            )
        )

    def _failed(self, error: httpx.TransportError, step: int) -> NoAnswer:
        failure = self._as_failure(error)
        self._emit(
            RequestFailed(
                t=self._clock.now(), step=step, reason=failure.reason, detail=failure.detail, where=failure.where
            )
        )
        return failure

    def _as_failure(self, error: httpx.TransportError) -> NoAnswer:
        match error:
            case httpx.ConnectError() | httpx.ConnectTimeout():
                return NoAnswer("refused", f"nothing answers at {self._url} ({error})", self._where())
            case httpx.TimeoutException():
                return NoAnswer("timeout", f"no answer after {self._timeout_s:g} s", self._where())
        return NoAnswer("cut-short", f"the answer was cut short ({error})", self._where())


def _begins(value: bytes, address: bytes) -> bool:
    """Is `value` the address, or something below it?"""
    return value.startswith(address) and value[len(address) : len(address) + 1] in (b"", b"/", b"?", b"#")
