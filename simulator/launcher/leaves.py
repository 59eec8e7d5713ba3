"""Objects that hold no others: what they are, as plain tokens."""

from __future__ import annotations

import _socket  # the application may have replaced the classes of `socket`
import gc
import io
import os
import stat
from typing import Any, Final, TypeAlias

Tokens: TypeAlias = list[Any]
"""Values that `marshal` writes: None, bool, int, float, complex, str, bytes."""

ATOMS: Final = frozenset({type(None), bool, int, float, complex, str, bytes})

identity: Final = object.__hash__
"""Tells objects apart as `id` does, which would raise an audit event each time: our hook hears all of them."""

_NUMBERS: Final = (int, float, complex, str, bytes)


def by_repr(thing: Any) -> Tokens:
    """For types of Python itself whose text says everything."""
    return [type(thing).__qualname__, repr(thing)]


def by_name(thing: Any) -> Tokens:
    """For what has a name and no state."""
    return [type(thing).__qualname__, str(getattr(thing, "__qualname__", ""))]


def number(thing: Any) -> Tokens:
    """Numbers and texts of derived classes (`IntEnum`, `SafeString`)."""
    base = next(base for base in _NUMBERS if isinstance(thing, base))
    return [type(thing).__qualname__, base.__repr__(thing)]


def buffer(thing: Any) -> Tokens:
    """Raises TypeError, ValueError or BufferError for what gives no bytes."""
    with memoryview(thing) as view:
        return [type(thing).__name__, view.format, view.tobytes()]


def in_memory_file(thing: Any) -> Tokens:
    return [type(thing).__name__] if thing.closed else [type(thing).__name__, thing.getvalue(), thing.tell()]


def file(thing: Any) -> Tokens:
    """The contents are on the disk, where stores see them. Raises OSError for a pipe and a connection: nobody does."""
    if is_connected(thing):
        raise OSError
    return [type(thing).__name__, str(getattr(thing, "name", "")), thing.closed]


def is_connected(thing: Any) -> bool:
    """Is it a socket or a pipe, or a file that is read from or written to one?"""
    if not issubclass(type(thing), (io.IOBase, _socket.socket)):
        return False
    try:
        mode = os.fstat(thing.fileno()).st_mode
    except (OSError, ValueError):  # it has no descriptor, or a closed one
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def random_state(thing: Any) -> Tokens:
    return ["Random", repr(thing.getstate())]


def lock(thing: Any) -> Tokens:
    return ["lock", repr(thing).startswith("<locked")]


def database(thing: Any) -> Tokens:
    """A connection of SQLite: to what is in memory, all of it; to a file, nothing (stores see that).

    Raises Exception of any kind where it is closed, belongs to another thread or gives rows of another form.
    """
    connection: Any = next(base for base in type(thing).__mro__ if base.__module__ == "sqlite3")
    files = [row[2] for row in connection.execute(thing, "pragma database_list")]
    tokens: Tokens = ["connection", *map(str, files), thing.in_transaction]
    return tokens if files[0] else [*tokens, connection.serialize(thing)]


def cached_results(cache: Any) -> list[tuple[str, Any]]:
    """What an `lru_cache` remembers: arguments as text, and results, sorted by arguments.

    Bounded caches hold their results in links; which of them was used last is left out.
    """
    held = gc.get_referents(cache)
    names = [getattr(part, "__name__", None) if isinstance(part, type) else None for part in held]
    entries = held[names.index("CacheInfo") - 4]  # functools.c: ... cache, function, mark, type of links, CacheInfo
    links = [index for index, name in enumerate(names) if name == "_lru_list_elem"]
    if any(type(value).__name__ == "_lru_list_elem" for value in entries.values()):
        found = [(held[index - 2], held[index - 1]) for index in links[: len(entries)]]  # key, result, type
    else:
        found = list(entries.items())
    return sorted(((_arguments(key), result) for key, result in found), key=lambda pair: pair[0])


def key_text(key: Any) -> str:
    """A key as it is written in a path."""
    if type(key) is str:
        return repr(key if len(key) <= 40 else f"{key[:37]}...")
    return repr(key) if type(key) in ATOMS else f"<{type(key).__qualname__}>"


def _arguments(key: Any) -> str:
    """Of one call: one argument as it is, or a tuple, with a mark before the keywords."""
    if not isinstance(key, tuple | list):
        return key_text(key)
    parts = list(key)
    mark = next((index for index, part in enumerate(parts) if type(part) is object), len(parts))
    named = parts[mark + 1 :]
    texts = [key_text(part) for part in parts[:mark]]
    texts += [f"{name}={key_text(value)}" for name, value in zip(named[::2], named[1::2], strict=False)]
    return ", ".join(texts)
