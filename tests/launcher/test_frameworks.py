"""Bare applications are told by their signatures."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from simulator.launcher.frameworks import framework_of, kind_of, takes_nothing


def wsgi(environ, start_response): ...  # type: ignore[no-untyped-def]


async def asgi(scope, receive, send): ...  # type: ignore[no-untyped-def]


def asgi_by_hand(scope, receive, send):  # type: ignore[no-untyped-def]
    return asgi(scope, receive, send)


def anything(*args, **kwargs): ...  # type: ignore[no-untyped-def]


async def anything_async(*args): ...  # type: ignore[no-untyped-def]


class WsgiObject:
    def __call__(self, environ: Any, start_response: Any) -> Any: ...


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...


def helper(environ, separator=", "): ...  # type: ignore[no-untyped-def]


async def page(request): ...  # type: ignore[no-untyped-def]


@pytest.mark.parametrize(
    ("thing", "interface"),
    [
        (wsgi, "wsgi"),
        (asgi, "asgi"),
        (asgi_by_hand, "asgi"),
        (anything, "wsgi"),
        (anything_async, "asgi"),
        (WsgiObject(), "wsgi"),
        (AsgiObject(), "asgi"),
        (WsgiObject().__call__, "wsgi"),
        (functools.partial(asgi_by_hand), "asgi"),
        (functools.partial(lambda shop, environ, start_response: None, "shop"), "wsgi"),
    ],
)
def test_interfaces(thing: Any, interface: str) -> None:
    kind = kind_of(thing)
    assert kind is not None
    assert kind.interface == interface


@pytest.mark.parametrize("thing", [helper, page, WsgiObject, AsgiObject, {}, "app", None, len, print, dict])
def test_what_is_no_application(thing: Any) -> None:
    assert kind_of(thing) is None


def test_a_subclass_is_its_frameworks() -> None:
    falcon = pytest.importorskip("falcon")
    asgi_module = pytest.importorskip("falcon.asgi")
    fastapi = pytest.importorskip("fastapi")

    class Shop(fastapi.FastAPI): ...

    kinds = [framework_of(app) for app in (Shop(), falcon.App(), asgi_module.App())]
    assert [(kind.framework, kind.interface) for kind in kinds if kind] == [
        ("FastAPI", "asgi"),
        ("Falcon", "wsgi"),
        ("Falcon", "asgi"),
    ]


def test_factories_are_called_with_nothing() -> None:
    assert takes_nothing(lambda: None)
    assert takes_nothing(lambda config=None: None)
    assert not takes_nothing(wsgi)
    assert not takes_nothing(WsgiObject)
