"""What kind of application an object is: a known framework's, or a bare WSGI or ASGI callable by its signature."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, TypeAlias

Route: TypeAlias = tuple[str, Iterable[str], object]
"""Address, methods (none: the framework does not say) and view."""
_WSGI_ARGUMENTS: Final = 2
_ASGI_ARGUMENTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A framework (or bare "WSGI" / "ASGI") and the interface it is served through: "wsgi" or "asgi"."""

    framework: str
    interface: str


_CLASSES: Final = {
    ("flask", "Flask"): Kind(framework="Flask", interface="wsgi"),
    ("django", "WSGIHandler"): Kind(framework="Django", interface="wsgi"),
    ("django", "ASGIHandler"): Kind(framework="Django", interface="asgi"),
    ("fastapi", "FastAPI"): Kind(framework="FastAPI", interface="asgi"),
    ("starlette", "Starlette"): Kind(framework="Starlette", interface="asgi"),
    ("bottle", "Bottle"): Kind(framework="Bottle", interface="wsgi"),
    ("falcon.asgi", "App"): Kind(framework="Falcon", interface="asgi"),
    ("falcon", "App"): Kind(framework="Falcon", interface="wsgi"),
    ("quart", "Quart"): Kind(framework="Quart", interface="asgi"),
    ("litestar", "Litestar"): Kind(framework="Litestar", interface="asgi"),
    ("pyramid", "Router"): Kind(framework="Pyramid", interface="wsgi"),
}
"""By package (the longest that fits) and class name; of several bases the most derived one counts."""


def framework_of(thing: object) -> Kind | None:
    """The framework whose application class `thing` is an instance of."""
    for base in type(thing).__mro__:
        packages = base.__module__.split(".")
        for length in range(len(packages), 0, -1):
            if kind := _CLASSES.get((".".join(packages[:length]), base.__name__)):
                return kind
    return None


def kind_of(thing: object) -> Kind | None:
    """As `framework_of`, or a bare callable that takes (environ, start_response) or (scope, receive, send)."""
    if kind := framework_of(thing):
        return kind
    if not callable(thing) or inspect.isclass(thing):
        return None
    function = thing if inspect.isroutine(thing) else type(thing).__call__
    is_coroutine = inspect.iscoroutinefunction(inspect.unwrap(function))
    if not is_coroutine and _takes(thing, _WSGI_ARGUMENTS):
        return Kind(framework="WSGI", interface="wsgi")
    return Kind(framework="ASGI", interface="asgi") if _takes(thing, _ASGI_ARGUMENTS) else None


def takes_nothing(thing: object) -> bool:
    """`thing` can be called without arguments: it may be a factory."""
    return callable(thing) and not inspect.isclass(thing) and _takes(thing, 0)


def _takes(thing: Any, count: int) -> bool:
    """Exactly so many positional arguments can be given, none of them by way of a default."""
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return False
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    optional = [
        parameter
        for parameter in list(signature.parameters.values())[:count]
        if parameter.default is not inspect.Parameter.empty
    ]
    return not optional


def routes_of(thing: Any, kind: Kind) -> tuple[str, ...]:
    """The addresses that the application knows, where its framework has them at load (Django has not)."""
    return tuple(methods_of(thing, kind))


def methods_of(thing: Any, kind: Kind) -> dict[str, tuple[str, ...]]:
    """The methods that each of these addresses takes, sorted; none where the framework does not say."""
    find = _ROUTES.get(kind.framework)
    found: dict[str, set[str]] = {}
    for path, methods, _ in find(thing) if find is not None else ():
        found.setdefault(path, set()).update(methods)
    return {path: tuple(sorted(methods)) for path, methods in found.items()}


def late_routes_of(thing: Any, kind: Kind) -> list[Route]:
    """All routes, also of a framework that reads them at the first request. Reading them runs the person's code."""
    if kind.framework == "Django":
        return list(_django(import_module("django.urls").get_resolver(), "/"))
    find = _ROUTES.get(kind.framework)
    return list(find(thing)) if find is not None else []


def _flask(app: Any) -> Iterable[Route]:
    views = app.view_functions
    return ((str(rule.rule), rule.methods or (), views.get(rule.endpoint)) for rule in app.url_map.iter_rules())


def _starlette(app: Any) -> Iterable[Route]:
    return (
        (str(route.path), getattr(route, "methods", None) or (), getattr(route, "endpoint", None))
        for route in app.routes
        if hasattr(route, "path")
    )


def _django(resolver: Any, prefix: str) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern).lstrip("^").rstrip("$")
        if hasattr(pattern, "url_patterns"):
            yield from _django(pattern, path)
        else:
            view = getattr(pattern.callback, "view_class", None)
            methods = (name.upper() for name in getattr(view, "http_method_names", ()) if hasattr(view, name))
            yield path, tuple(methods), pattern.callback


def _bottle(app: Any) -> Iterable[Route]:
    return ((str(route.rule), (route.method,), route.callback) for route in app.routes)


_ROUTES: Final[dict[str, Callable[[Any], Iterable[Route]]]] = {
    "Flask": _flask,
    "Quart": _flask,
    "Starlette": _starlette,
    "FastAPI": _starlette,
    "Bottle": _bottle,
}
