"""What a process has apart from its objects: environment, working directory, locale and the like."""

from __future__ import annotations

import builtins
import locale
import logging
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, ModuleType
from typing import Any, Final

_USUAL_BUILTINS: Final = frozenset({"copyright", "credits", "exit", "help", "license", "quit", "_"})


def surroundings(*, with_random: bool) -> Iterator[tuple[str, str, Any]]:
    """(path, kind, value) of each. `with_random`: the state of the module `random` counts too."""
    for name, value in sorted(os.environ.items()):
        yield f"os.environ[{name!r}]", "environment", value
    yield "working directory", "environment", _working_directory()
    yield "locale", "environment", locale.setlocale(locale.LC_ALL, None)
    yield "time zone", "environment", time.tzname
    yield "recursion limit", "environment", sys.getrecursionlimit()
    yield "sys.path", "environment", sys.path
    yield "logging levels", "environment", _logging_levels()
    if with_random:
        yield "state of random", "environment", random.getstate()
    if (socket := sys.modules.get("socket")) is not None:
        yield "socket.getdefaulttimeout()", "environment", socket.getdefaulttimeout()
    if (decimal := sys.modules.get("decimal")) is not None:
        yield "decimal.getcontext()", "environment", repr(decimal.getcontext())
    yield from _added_builtins()


def framework_caches() -> Iterator[tuple[str, Any]]:
    """(path, contents) of the caches that frameworks keep in modules which they import when they are first used."""
    locmem = sys.modules.get("django.core.cache.backends.locmem")
    for name, held in sorted(getattr(locmem, "_caches", {}).items()):
        yield f"django.core.cache.caches (LocMemCache{f' {name}' if name else ''})", dict(held)
        yield f"django.core.cache.caches (LocMemCache{f' {name}' if name else ''}, expiry)", _expiry(locmem, name)


def secret_keys(modules: Iterable[ModuleType]) -> Iterator[tuple[str, Any]]:
    """(path, key) of each Flask application among the globals of `modules`: workers with different ones know no session
    of each other's.
    """
    flask: Any = getattr(sys.modules.get("flask.app"), "Flask", None)
    for module in modules if flask is not None else ():
        for name, value in sorted(vars(module).items()):
            if issubclass(type(value), flask):
                yield f"{module.__name__}.{name}.config['SECRET_KEY']", vars(value)["config"].get("SECRET_KEY")


def _expiry(locmem: Any, name: str) -> dict[str, float | None]:
    return dict(getattr(locmem, "_expire_info", {}).get(name, {}))


def _working_directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return "(removed)"


def _logging_levels() -> tuple[int, int, tuple[tuple[str, int], ...]]:
    loggers = logging.root.manager.loggerDict.items()
    levels = ((name, logger.level) for name, logger in loggers if isinstance(logger, logging.Logger) and logger.level)
    return logging.root.level, logging.root.manager.disable, tuple(sorted(levels))


def _added_builtins() -> Iterator[tuple[str, str, Any]]:
    for name, value in sorted(vars(builtins).items()):
        is_usual = type(value) in (BuiltinFunctionType, type, bool, type(None), type(Ellipsis), type(NotImplemented))
        if not (is_usual or name.startswith("__") or name in _USUAL_BUILTINS):
            yield f"builtins.{name}", "global", value
