"""A user's client is httpx: what it builds by fewer steps is what httpx builds."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from simulator.proxy.transport import BASE_URL
from simulator.users.client import User

FULL = httpx.URL(f"{BASE_URL}/notes/1?a=%20b#here")


def the_same(user: User, plain: httpx.Client, method: str, url: httpx.URL | str, **asked: Any) -> bool:
    """Whether both clients build the same request."""
    ours, theirs = (
        (one.method, str(one.url), one.headers.raw, one.read(), one.extensions.get("x"))
        for one in (client.build_request(method, url, **asked) for client in (user.http, plain))
    )
    return ours == theirs


@pytest.mark.parametrize(
    ("method", "url", "asked"),
    [
        ("GET", FULL, {}),
        ("GET", FULL, {"extensions": {"x": 1}, "headers": httpx.Headers()}),
        ("GET", FULL, {"headers": {"x-one": "1"}}),
        ("GET", FULL, {"params": {"q": "1"}}),
        ("GET", FULL, {"cookies": {"c": "d"}}),
        ("GET", FULL, {"content": b"body"}),
        ("GET", FULL, {"json": 0}),
        ("POST", FULL, {"data": {"text": "one"}}),
        ("POST", FULL, {}),
        ("HEAD", FULL, {}),
        ("GET", httpx.URL("/relative"), {}),
        ("GET", "/relative", {}),
        ("GET", httpx.URL("https://other.example:8443/"), {}),
    ],
)
@pytest.mark.parametrize("usual", [{}, {"x-two": "2"}, {"host": "shop.example"}])
@pytest.mark.parametrize("params", [{}, {"page": "2"}])
def test_a_request_is_the_one_that_httpx_builds(
    method: str, url: httpx.URL | str, asked: dict[str, Any], usual: dict[str, str], params: dict[str, str]
) -> None:
    user = User("alice", way=httpx.MockTransport(lambda _: httpx.Response(200)))
    plain = httpx.Client(base_url=BASE_URL, headers=user.http.headers, trust_env=False)
    for client in (user.http, plain):
        client.headers.update(usual)
        client.params = params
    assert the_same(user, plain, method, url, **asked)
    for client in (user.http, plain):
        client.cookies.set("session", "one", domain="workersim.localhost")
        client.cookies.set("elsewhere", "two", domain="other.example", path="/shop")
    assert the_same(user, plain, method, url, **asked)
