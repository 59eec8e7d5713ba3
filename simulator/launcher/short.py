"""A value in few characters, for a person.

Rule: nothing of the application is called. Its own `__repr__` may be slow, may change something, and shows
addresses; values are shown from their structure.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Iterable
from types import FunctionType, ModuleType
from typing import Any, Final

from simulator.launcher.shapes import attributes

_DEEPEST: Final = 4
_TEXT: Final = 60
_SIMPLE: Final = frozenset(
    {"datetime", "decimal", "fractions", "uuid", "pathlib", "ipaddress", "zoneinfo", "itertools"}
)
_BRACKETS: Final[dict[Any, str]] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}"}


def _current(variable: Any) -> Any:
    try:
        return variable.get()
    except LookupError:
        return None


def _locals(generator: Any) -> dict[str, Any]:
    frame = generator.gi_frame
    return dict(frame.f_locals) if frame is not None else {}


_INSIDE: Final[dict[str, Callable[[Any], Any]]] = {
    "_contextvars.ContextVar": _current,
    "_io.StringIO": lambda file: "" if file.closed else file.getvalue(),
    "_io.BytesIO": lambda file: b"" if file.closed else file.getvalue(),
    "_thread._local": lambda local: dict(vars(local)),
    "builtins.generator": _locals,
}
"""By type: what it holds, where its attributes do not say so."""


def short(value: Any, limit: int = 120) -> str:
    """At most `limit` characters."""
    text = _show(value, limit, 0)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def _show(value: Any, room: int, depth: int) -> str:
    kind: Any = type(value)
    if value is None or kind in (bool, int, float, complex):
        return repr(value)
    if kind is str:
        return repr(value if len(value) <= _TEXT else f"{value[: _TEXT - 3]}...")
    if kind in (bytes, bytearray):
        return _bytes(kind, bytes(value[:_TEXT]), value, room, depth)
    if kind.__module__ in _SIMPLE:
        return repr(value)
    if depth >= _DEEPEST:
        return "..."
    if issubclass(kind, dict):
        return _named(kind, dict, "{%s}", _pairs(dict.items(value), room, depth, "{}: {}"))
    for base, brackets in _BRACKETS.items():
        if issubclass(kind, base):
            return _named(kind, base, f"{brackets[0]}%s{brackets[1]}", _several(base.__iter__(value), room, depth))
    return _object(value, kind, room, depth)


def _object(value: Any, kind: type, room: int, depth: int) -> str:
    if kind is FunctionType:
        return f"<function {value.__qualname__}>"
    if type in kind.__mro__:
        return f"<class {value.__qualname__}>"
    if kind is ModuleType:
        return f"<module {value.__name__}>"
    if f"{kind.__module__}.{kind.__qualname__}" in ("collections.deque", "array.array"):
        return f"{kind.__name__}([{_several(list(value), room, depth)}])"
    if (inside := _INSIDE.get(f"{kind.__module__}.{kind.__qualname__}")) is not None:
        return f"{kind.__name__}({_show(inside(value), room, depth + 1)})"
    public = [(name, held) for name, held in attributes(value) if not str(name).startswith("_")]
    if not public:
        return f"<{kind.__qualname__}>"
    return f"{kind.__qualname__}({_pairs(public, room, depth, '{}={}', plain_keys=True)})"


def _named(kind: type, base: type, form: str, inside: str) -> str:
    text = form % inside
    return text if kind is base else f"{kind.__name__}({text})"


def _several(values: Iterable[Any], room: int, depth: int) -> str:
    shown: list[str] = []
    for value in values:
        if room <= 0:
            shown.append("...")
            break
        shown.append(_show(value, room, depth + 1))
        room -= len(shown[-1]) + 2
    return ", ".join(shown)


def _pairs(pairs: Iterable[tuple[Any, Any]], room: int, depth: int, form: str, *, plain_keys: bool = False) -> str:
    shown: list[str] = []
    for key, value in pairs:
        if room <= 0:
            shown.append("...")
            break
        name = key if plain_keys else _show(key, room, depth + 1)
        shown.append(form.format(name, _show(value, room, depth + 1)))
        room -= len(shown[-1]) + 2
    return ", ".join(shown)


def _bytes(kind: type, beginning: bytes, value: Any, room: int, depth: int) -> str:
    """Caches hold pickles; one of plain values is shown as what it is."""
    if kind is bytes and beginning[:1] == b"\x80" and beginning[1:2] <= b"\x05" and len(value) < 1 << 16:
        try:
            return _show(_PlainUnpickler(io.BytesIO(value)).load(), room, depth + 1)
        except Exception:  # of any kind: it was no pickle, or one of objects
            return f"<{len(value)} bytes>"
    text = repr(beginning) if len(value) <= _TEXT else f"{beginning[: _TEXT - 3]!r}..."
    return text if kind is bytes else f"bytearray({text})"


class _PlainUnpickler(pickle.Unpickler):
    """Builds no objects of any class."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        raise pickle.UnpicklingError(f"{module_name}.{global_name}")
