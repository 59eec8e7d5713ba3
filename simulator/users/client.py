"""The client that a story's function drives: httpx, with declarations, fresh values and forms."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, TypeAlias, Unpack, cast

import httpx

from simulator.history.operation import Value
from simulator.proxy.transport import BASE_URL, STREAMING
from simulator.story.tokens import token
from simulator.users.declared import NAMES, Declarations, Options, effects_of, expected, seen_key
from simulator.users.forms import FormMemory, csrf_headers
from simulator.users.gate import DECLARED, Declared, GateTransport

Witness: TypeAlias = Callable[[int, str, Value], None]
"""Told (step, key, value) when the story itself says what an answer showed."""

_KEPT_ADDRESSES = 64
# Answers are read as they are: a compressed body would hide every value in it.
_NO_BODY = httpx.ByteStream(b"")
_HEADERS = (("accept-encoding", "identity"), ("user-agent", "workersim"))


def unrecorded(step: int, key: str, value: Value) -> None:
    """The witness of a run that is not recorded."""


class User:
    """One person with a cookie jar. All methods of a request take httpx's keywords and the declarations.

    `http` is the httpx client underneath, for what is not offered here. Every request waits for its turn.
    """

    def __init__(
        self,
        name: str,
        *,
        way: httpx.BaseTransport,
        seed: int = 0,
        base_url: str = BASE_URL,
        witness: Witness = unrecorded,
    ) -> None:
        self.name = name
        self._seed = seed
        self._tokens = 0
        self._witness = witness
        self._forms = FormMemory()
        self._base_url = base_url.rstrip("/")
        self._parsed = lru_cache(_KEPT_ADDRESSES)(httpx.URL)
        self.http: httpx.Client = _Client(
            transport=GateTransport(way),
            base_url=base_url,
            headers=_HEADERS,
            follow_redirects=True,
            trust_env=False,
            timeout=None,
            event_hooks={"response": [self._forms.see]},
        )

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookie jar."""
        return self.http.cookies

    @property
    def headers(self) -> httpx.Headers:
        """Headers that go with every request of this user."""
        return self.http.headers

    @property
    def memory(self) -> Hashable:
        """All that the further requests of a text story depend on: cookies and the forms seen."""
        jar = tuple(sorted((c.domain, c.path, c.name, c.value or "") for c in self.http.cookies.jar))
        return (jar, self._forms.memory)

    def token(self) -> str:
        """A fresh value that nobody else has: a function of the seed, the user and how many he took before."""
        self._tokens += 1
        return token(seed=self._seed, user=self.name, counter=self._tokens)

    def hidden(self, url: str) -> dict[str, str]:
        """The hidden fields of the newest form, on any page seen so far, that sends to `url`."""
        return self._forms.hidden(self.http.base_url.join(url))

    def csrf(self) -> dict[str, str]:
        """The headers with which scripts in a page send a CSRF cookie back."""
        return csrf_headers(self.http.cookies)

    def get(self, url: str, **options: Unpack[Options]) -> httpx.Response:
        """GET `url`."""
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Unpack[Options]) -> httpx.Response:
        """POST to `url`."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Unpack[Options]) -> httpx.Response:
        """PUT to `url`."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Unpack[Options]) -> httpx.Response:
        """PATCH `url`."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Unpack[Options]) -> httpx.Response:
        """DELETE `url`."""
        return self.request("DELETE", url, **options)

    def request(self, method: str, url: str, **options: Unpack[Options]) -> httpx.Response:
        """Send a request when its turn comes; redirects are followed, each in a turn of its own.

        Raises httpx.ReadTimeout, httpx.RemoteProtocolError or httpx.ConnectError where no whole answer comes.
        """
        said, asked = _split(options)
        declared = Declared(effects=effects_of(said), expect=expected(said))
        response = self.http.request(method, self.address(url), extensions={DECLARED: declared}, **asked)
        if "sees" in said and declared.step is not None:
            self._witness(declared.step, seen_key(said), said["sees"](response))
        return response

    @contextmanager
    def stream(self, method: str, url: str, **options: Unpack[Options]) -> Iterator[httpx.Response]:
        """The same, with an answer that is read piece by piece inside the `with` block."""
        said, asked = _split(options)
        declared = Declared(effects=effects_of(said), expect=expected(said))
        extensions = {DECLARED: declared, STREAMING: True}
        with self.http.stream(method, self.address(url), extensions=extensions, **asked) as response:
            yield response

    def close(self) -> None:
        """Close the client."""
        self.http.close()

    def address(self, url: str) -> httpx.URL | str:
        """The address in full where that is plain: httpx reads addresses slowly, and to join two reads three."""
        return self._parsed(self._base_url + url) if url.startswith("/") and not url.startswith("//") else url


class _Jar(httpx.Cookies):
    """A cookie jar that looks only at answers that set cookies: httpx looks at each one, slowly."""

    def extract_cookies(self, response: httpx.Response) -> None:
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class _Client(httpx.Client):
    """An httpx client with such a jar, which is quick to build the plainest of requests."""

    def build_request(
        self,
        method: str,
        url: httpx.URL | str,
        *,
        content: Any = None,
        data: Any = None,
        files: Any = None,
        json: Any = None,
        params: Any = None,
        headers: Any = None,
        cookies: Any = None,
        extensions: Any = None,
        **options: Any,
    ) -> httpx.Request:
        """The request that httpx builds, by fewer steps where it is the usual one, to GET an address in full."""
        is_bare = content is data is files is json is params is None and not (headers or cookies or self.params)
        if method == "GET" and is_bare and isinstance(url, httpx.URL) and url.host and "host" not in self.headers:
            usual = httpx.Headers([(b"Host", url.netloc), *self.headers.raw])
            request = httpx.Request(method, url, headers=usual, stream=_NO_BODY, extensions=extensions)
            if self.cookies:
                self.cookies.set_cookie_header(request)
            return request
        return super().build_request(
            method,
            url,
            content=content,
            data=data,
            files=files,
            json=json,
            params=params,
            headers=headers,
            cookies=cookies,
            extensions=extensions,
            **options,
        )

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookie jar."""
        if not isinstance(self._cookies, _Jar):
            self._cookies = _Jar(self._cookies)
        return self._cookies

    @cookies.setter
    def cookies(self, cookies: Any) -> None:
        self._cookies = _Jar(cookies)


def _split(options: Options) -> tuple[Declarations, dict[str, Any]]:
    if not options:
        return {}, {}
    said = {name: value for name, value in options.items() if name in NAMES}
    asked = {name: value for name, value in options.items() if name not in NAMES}
    return cast(Declarations, said), asked
