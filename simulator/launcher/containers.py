"""Python's own containers, iterators, methods and the like: what they are, and what they hold.

Rule: of what may have been derived from, the built-in part is read by the built-in type's own methods.
"""

from __future__ import annotations

import gc
import marshal
import warnings
from collections import OrderedDict
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, Final, Protocol, TypeAlias

from simulator.launcher import leaves
from simulator.launcher.leaves import ATOMS, Tokens, cached_results, key_text

_VERSION: Final = 2  # of marshal: equal values give equal bytes, however often they are referred to


class Look(Protocol):
    """What a shape needs of the walk."""

    def take(self, thing: Any, out: Tokens, path: str) -> None:
        """Write the tokens of `thing`, which is found at `path`."""

    def cannot_see(self, path: str) -> None:
        """Something at `path` may hold what no tokens tell."""


Shape: TypeAlias = Callable[[Look, Any, Tokens, str], None]


def digest_input(tokens: Tokens) -> bytes:
    """Equal bytes for equal tokens."""
    return marshal.dumps(tokens, _VERSION)


def _sequence(look: Look, thing: Any, out: Tokens, path: str) -> None:
    out += (type(thing).__name__, len(thing))
    for index, value in enumerate(list(thing)):
        if type(value) in ATOMS:
            out.append(value)
        else:
            look.take(value, out, f"{path}[{index}]")


def _mapping(look: Look, thing: Any, out: Tokens, path: str) -> None:
    out += (type(thing).__name__, len(thing))
    items = OrderedDict.items(thing) if isinstance(thing, OrderedDict) else dict.items(thing)
    for key, value in list(items):
        if type(key) in ATOMS:
            out.append(key)
        else:
            look.take(key, out, f"{path}.keys")
        if type(value) in ATOMS:
            out.append(value)
        else:
            look.take(value, out, f"{path}[{key_text(key)}]")


def _set(look: Look, thing: Any, out: Tokens, path: str) -> None:
    members: list[bytes] = []
    for value in list(thing):
        tokens: Tokens = []
        look.take(value, tokens, f"{path}[{key_text(value)}]")
        members.append(digest_input(tokens))
    out += (type(thing).__name__, *sorted(members))


def _cache(look: Look, thing: Any, out: Tokens, path: str) -> None:
    for name, value in cached_results(thing):
        out.append(name)
        look.take(value, out, f"{path}({name})")


def _generator(look: Look, thing: Any, out: Tokens, path: str) -> None:
    frame = getattr(thing, "gi_frame", None) or getattr(thing, "cr_frame", None) or getattr(thing, "ag_frame", None)
    if frame is None:
        out += (thing.__qualname__, "finished")
        return
    out += (thing.__qualname__, frame.f_lasti)
    copied = frame.f_locals  # made at the first sight of it, and held from then on
    parts = [part for part in gc.get_referents(thing) if type(part) is not FrameType and part is not copied]
    for index, part in enumerate(parts):  # its variables, and iterators that it is in the middle of
        look.take(part, out, f"{path}.{index}")


def _method(look: Look, thing: Any, out: Tokens, path: str) -> None:
    look.take(thing.__func__, out, path)
    look.take(thing.__self__, out, f"{path}.__self__")


def _built_in(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """A function in C, or a method of something (`append = items.append`)."""
    out += leaves.by_name(thing)
    if type(thing.__self__) is not ModuleType:
        look.take(thing.__self__, out, f"{path}.__self__")


def _partial(look: Look, thing: Any, out: Tokens, path: str) -> None:
    out.append("partial")
    look.take(thing.func, out, f"{path}.func")
    look.take(list(thing.args), out, f"{path}.args")
    look.take(dict(thing.keywords), out, f"{path}.keywords")


def _context_variable(look: Look, thing: Any, out: Tokens, path: str) -> None:
    out += ("ContextVar", thing.name)
    missing = object()
    value = thing.get(missing)  # a default of its own is held too
    held = [value] if value is not missing else []
    default = next((part for part in gc.get_referents(thing) if type(part) is not str and part is not value), None)
    look.take([*held, default], out, path)


def _token(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """What puts a context variable back."""
    out += ("Token", thing.var.name)
    if thing.old_value is not type(thing).MISSING:
        look.take(thing.old_value, out, path)


def _thread_local(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """The values of this thread."""
    kind: Any = next(base for base in type(thing).__mro__ if base.__name__ == "_local")
    out.append(type(thing).__qualname__)
    look.take(dict(kind.__getattribute__(thing, "__dict__")), out, path)


def _weak(look: Look, thing: Any, out: Tokens, path: str) -> None:
    out.append("weak")
    look.take(thing(), out, path)


def _by_reduction(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """Iterators say how they would be copied."""
    out.append(type(thing).__qualname__)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of itertools, from 3.12 on
            _, *rest = thing.__reduce__()
    except (TypeError, AttributeError):
        look.cannot_see(path)
    else:
        look.take(rest, out, path)


def _leaf(tokens_of: Callable[[Any], Tokens]) -> Shape:
    def shape(look: Look, thing: Any, out: Tokens, path: str) -> None:
        try:
            out += tokens_of(thing)
        except Exception:  # of whatever kind: it is closed, or derived from in an unusual way
            look.cannot_see(path)

    return shape


def _viewed(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """A view or a wrapper: what it refers to."""
    out.append(type(thing).__qualname__)
    for part in gc.get_referents(thing):
        look.take(part, out, path)


def pooled(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """A connection that waits in SQLAlchemy's pool. When it was opened says nothing; what it holds is the server's,
    unless the database is in this process.
    """
    connection = thing.dbapi_connection
    out.append(type(connection).__qualname__)
    if "sqlite" in type(connection).__module__:
        look.take(connection, out, f"{path}.dbapi_connection")


def registered(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """The session that SQLAlchemy keeps for this thread."""
    look.take(thing.registry, out, f"{path}()")


SHAPES: Final[dict[str, Shape]] = {
    "builtins.int": _leaf(leaves.number),
    "builtins.float": _leaf(leaves.number),
    "builtins.complex": _leaf(leaves.number),
    "builtins.str": _leaf(leaves.number),
    "builtins.bytes": _leaf(leaves.number),
    "builtins.list": _sequence,
    "builtins.tuple": _sequence,
    "builtins.dict": _mapping,
    "builtins.set": _set,
    "builtins.frozenset": _set,
    "builtins.bytearray": _leaf(leaves.buffer),
    "builtins.memoryview": _leaf(leaves.buffer),
    "builtins.range": _leaf(leaves.by_repr),
    "builtins.slice": _leaf(leaves.by_repr),
    "builtins.ellipsis": _leaf(leaves.by_name),
    "builtins.NotImplementedType": _leaf(leaves.by_name),
    "builtins.builtin_function_or_method": _built_in,
    "_abc._abc_data": _leaf(leaves.by_name),
    "_io.TextIOWrapper": _leaf(leaves.file),
    "_io.BufferedReader": _leaf(leaves.file),
    "_io.BufferedWriter": _leaf(leaves.file),
    "_io.BufferedRandom": _leaf(leaves.file),
    "_io.FileIO": _leaf(leaves.file),
    "builtins.method_descriptor": _leaf(leaves.by_name),
    "builtins.wrapper_descriptor": _leaf(leaves.by_name),
    "builtins.classmethod_descriptor": _leaf(leaves.by_name),
    "builtins.getset_descriptor": _leaf(leaves.by_name),
    "builtins.member_descriptor": _leaf(leaves.by_name),
    "builtins.method-wrapper": _leaf(leaves.by_name),
    "builtins.code": _leaf(leaves.by_name),
    "builtins.module": _leaf(leaves.by_name),
    "builtins.method": _method,
    "builtins.generator": _generator,
    "builtins.coroutine": _generator,
    "builtins.async_generator": _generator,
    "builtins.mappingproxy": _viewed,
    "builtins.dict_keys": _viewed,
    "builtins.dict_values": _viewed,
    "builtins.dict_items": _viewed,
    "builtins.property": _viewed,
    "builtins.staticmethod": _viewed,
    "builtins.classmethod": _viewed,
    "builtins.cell": _viewed,
    "builtins.list_iterator": _by_reduction,
    "builtins.list_reverseiterator": _by_reduction,
    "builtins.tuple_iterator": _by_reduction,
    "builtins.range_iterator": _by_reduction,
    "builtins.longrange_iterator": _by_reduction,
    "builtins.str_iterator": _by_reduction,
    "builtins.str_ascii_iterator": _by_reduction,
    "builtins.bytes_iterator": _by_reduction,
    "builtins.dict_keyiterator": _by_reduction,
    "builtins.dict_valueiterator": _by_reduction,
    "builtins.dict_itemiterator": _by_reduction,
    "builtins.set_iterator": _by_reduction,
    "builtins.enumerate": _by_reduction,
    "builtins.reversed": _by_reduction,
    "builtins.zip": _by_reduction,
    "builtins.map": _by_reduction,
    "builtins.filter": _by_reduction,
    "itertools.count": _leaf(leaves.by_repr),
    "itertools.*": _by_reduction,
    "collections.Counter": _mapping,
    "collections.OrderedDict": _mapping,
    "collections.defaultdict": _mapping,
    "collections.deque": _sequence,
    "array.array": _leaf(leaves.buffer),
    "_io.StringIO": _leaf(leaves.in_memory_file),
    "_io.BytesIO": _leaf(leaves.in_memory_file),
    "random.SystemRandom": _leaf(leaves.by_name),
    "random.Random": _leaf(leaves.random_state),
    "functools.partial": _partial,
    "functools._lru_cache_wrapper": _cache,
    "_thread.lock": _leaf(leaves.lock),
    "_thread.RLock": _leaf(leaves.lock),
    "_thread._local": _thread_local,
    "_contextvars.ContextVar": _context_variable,
    "_contextvars.Token": _token,
    "weakref.ReferenceType": _weak,
    "sqlite3.Connection": _leaf(leaves.database),
    "sqlalchemy.pool.base._ConnectionRecord": pooled,
    "sqlalchemy.util._collections.ThreadLocalRegistry": registered,
    "datetime.*": _leaf(leaves.by_repr),
    "decimal.*": _leaf(leaves.by_repr),
    "fractions.*": _leaf(leaves.by_repr),
    "uuid.*": _leaf(leaves.by_repr),
    "pathlib.*": _leaf(leaves.by_repr),
    "ipaddress.*": _leaf(leaves.by_repr),
    "zoneinfo.*": _leaf(leaves.by_repr),
    "re.*": _leaf(leaves.by_repr),
}
"""By the full name of a type, or `module.*` for all types of a module."""

WHOLE: Final = (pooled, registered)
"""Those that say all there is to say, so that nobody looks at attributes too."""
