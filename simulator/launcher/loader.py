"""Runs the application's code and finds the application in it.

Rule: what the person named is taken as it is; only where nothing is named is there a search, and it never guesses
between two.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from simulator.errors import AppError
from simulator.launcher import failures
from simulator.launcher.definitions import line_of
from simulator.launcher.frames import AppFiles
from simulator.launcher.frameworks import Kind, framework_of, kind_of, methods_of, routes_of, takes_nothing
from simulator.launcher.places import Place, did_you_mean, find_place
from simulator.launcher.shared import shared_with_forks
from simulator.launcher.target import Target, parse
from simulator.wire import Message

_NAMES: Final = ("app", "application")
_FACTORIES: Final = ("create_app", "make_app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The application as an object, and what is said about it (plain values, the fields of `AppInfo`)."""

    app: Any
    kind: Kind
    info: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """A target, the place it was found at, and the files whose frames a person wants to see."""

    target: Target
    place: Place
    files: AppFiles


def find(text: str, cwd: Path) -> Search:
    """Raises AppNotFound. Runs nothing of the application."""
    target = parse(text)
    place = find_place(target, cwd)
    return Search(target=target, place=place, files=AppFiles(root=str(place.root), cwd=str(cwd)))


def load(search: Search) -> Loaded:
    """Import the module and take the application out of it. Raises AppError."""
    _prepare(search)
    module = _import(search)
    attribute, thing = _pick(search, module)
    app, kind = _made(search, attribute, thing)
    title = _title(search, kind, attribute if app is thing else f"{attribute}()")
    file = getattr(module, "__file__", None) or search.place.shown
    info = {
        "target": search.target.text,
        "title": title,
        "framework": kind.framework,
        "interface": kind.interface,
        "file": search.files.name(file),
        "line": line_of(file, attribute),
        "attribute": attribute,
        "routes": list(routes_of(app, kind)),
        "methods": {path: list(methods) for path, methods in methods_of(app, kind).items()},
        "shared": [*shared_with_forks()],
    }
    return Loaded(app=app, kind=kind, info=info)


def _prepare(search: Search) -> None:
    sys.dont_write_bytecode = True
    first = list(dict.fromkeys([search.files.root, search.files.cwd]))
    sys.path[:] = [*first, *(entry for entry in sys.path if entry not in first)]
    sys.argv = [search.place.shown]
    if search.place.settings is not None:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", search.place.settings)


def _import(search: Search) -> ModuleType:
    try:
        module = importlib.import_module(search.place.module)
    except ModuleNotFoundError as error:
        if error.name == search.place.module and "." in search.place.module:
            raise failures.no_submodule(search.place, search.files) from None
        raise failures.import_failed(search.place, search.files, error) from None
    except (Exception, SystemExit, KeyboardInterrupt) as error:
        raise failures.import_failed(search.place, search.files, error) from None
    if search.place.file is not None and getattr(module, "__file__", None) != str(search.place.file):
        raise failures.name_taken(search.place)
    return module


def _pick(search: Search, module: ModuleType) -> tuple[str, Any]:
    """The attribute that was named or found, and what it is."""
    if search.target.attribute is not None:
        return search.target.attribute, _named(search, module, search.target.attribute)
    for name in _NAMES:
        if kind_of(getattr(module, name, None)):
            return name, getattr(module, name)
    apps = {name: thing for name, thing in vars(module).items() if framework_of(thing)}
    if len({id(thing) for thing in apps.values()}) > 1:
        raise failures.two_apps(search.place, module, list(apps))
    if apps:
        return next(iter(apps.items()))
    for name in _FACTORIES:
        if callable(getattr(module, name, None)):
            return name, getattr(module, name)
    if (implied := _implied(module)) is not None:
        return implied
    raise failures.no_app(search.place, module)


def _implied(module: ModuleType) -> tuple[str, Any] | None:
    """An application that the module does not hold but makes: Django's from its settings, Bottle's default one."""
    if hasattr(module, "ROOT_URLCONF"):
        os.environ["DJANGO_SETTINGS_MODULE"] = module.__name__
        return "ROOT_URLCONF", importlib.import_module("django.core.wsgi").get_wsgi_application()
    bottle = sys.modules.get("bottle")
    if bottle is not None and bottle.default_app().routes:
        return "default_app", bottle.default_app()
    return None


def _named(search: Search, module: ModuleType, attribute: str) -> Any:
    thing: Any = module
    for name in attribute.split("."):
        try:
            thing = getattr(thing, name)
        except AttributeError:
            close = did_you_mean(name, [known for known in vars(module) if not known.startswith("_")])
            raise failures.no_attribute(search.place, attribute, close) from None
    return thing


def _made(search: Search, attribute: str, thing: Any) -> tuple[Any, Kind]:
    """The application itself, out of its factory where it has one."""
    call = search.target.call
    is_factory = takes_nothing(thing) or inspect.isfunction(thing)
    if call is None and kind_of(thing) is None and is_factory:
        call = ((), {})
    if call is not None:
        thing = _call(search, attribute, thing, *call)
    kind = kind_of(thing)
    if kind is None:
        raise failures.not_an_app(search.place, attribute, thing, was_called=call is not None)
    return thing, kind


def _call(search: Search, attribute: str, factory: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        return factory(*positional, **named)
    except AppError:
        raise
    except (Exception, SystemExit) as error:
        raise failures.factory_failed(search.place, search.files, attribute, error) from None


def _title(search: Search, kind: Kind, attribute: str) -> str:
    if kind.framework == "Django":
        settings = os.environ.get("DJANGO_SETTINGS_MODULE", search.place.module)
        return f'Django project "{settings.partition(".")[0]}"'
    return f'{kind.framework} app "{attribute}"'
