"""How each kind of object is taken apart: what it is, as plain tokens, and what it holds.

Rule: an object is looked at without running anything of the application: no `__getattr__`, no `__repr__`, no
`__eq__`; types are asked, not instances, since an instance may be a proxy for something that is not there.
"""

from __future__ import annotations

import functools
import gc
import marshal
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from types import FrameType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Final, Protocol, TypeAlias

from simulator.launcher import leaves
from simulator.launcher.leaves import ATOMS, Tokens, cached_results, key_text

_VERSION: Final = 2  # of marshal: equal values give equal bytes, however often they are referred to

_DICTIONARY: Final = (GetSetDescriptorType, MemberDescriptorType)
_POINTER: Final = 8
_HEAP_TYPE: Final = 1 << 9
_STANDARD: Final = ("__dict__", "__weakref__")


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


def shape_of(kind: type) -> Shape:
    """How things of this type are taken apart."""
    attributes_shape = functools.partial(_instance, dictionary_of(kind), slots_of(kind))
    content = content_shape_of(kind)
    if content is None:
        return attributes_shape
    return _both(content, attributes_shape) if kind.__flags__ & _HEAP_TYPE and content is not _foreign else content


def content_shape_of(kind: type) -> Shape | None:
    """How to take apart what things of this type hold beside their attributes; None where that is nothing."""
    for base in kind.__mro__:
        shape = _SHAPES.get(f"{base.__module__}.{base.__qualname__}") or _SHAPES.get(f"{base.__module__}.*")
        if shape is not None:
            return shape
    return None if _is_plain(kind) else _foreign


def is_plain_data(kind: type) -> bool:
    """One of Python's own containers, iterators, numbers, locks ... and not derived from one."""
    return f"{kind.__module__}.{kind.__qualname__}" in _SHAPES or f"{kind.__module__}.*" in _SHAPES


def dictionary_of(kind: type) -> Callable[[Any], dict[str, Any]] | None:
    """How to get the instance dictionary of things of this type; None where they have none."""
    for base in kind.__mro__:
        holder: Any = base.__dict__.get("__dict__")
        if type(holder) in _DICTIONARY:
            getter: Callable[[Any], dict[str, Any]] = holder.__get__
            return getter
    return None


def slots_of(kind: type) -> dict[str, Callable[[Any], Any]]:
    """By name: how to get the value of each slot (it raises AttributeError where there is none)."""
    found: dict[str, Callable[[Any], Any]] = {}
    for base in reversed(kind.__mro__):
        for name, member in base.__dict__.items():
            if type(member) is MemberDescriptorType and not name.startswith("__"):
                found[name] = member.__get__
    return found


def attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    """The attributes that an instance itself has, sorted by name."""
    kind = type(thing)
    yield from _held(dictionary_of(kind), slots_of(kind), thing)


def _held(
    dictionary: Callable[[Any], dict[str, Any]] | None, slots: dict[str, Callable[[Any], Any]], thing: Any
) -> list[tuple[str, Any]]:
    held = dict(dictionary(thing)) if dictionary is not None else {}
    for name, value_of in slots.items():
        try:
            held[name] = value_of(thing)
        except AttributeError:
            continue
    return sorted(held.items(), key=lambda pair: str(pair[0]))


def _is_plain(kind: type) -> bool:
    """Instances have room for nothing but their dictionary, their slots and weak references to them."""
    explained = len(slots_of(kind)) + sum(any(name in base.__dict__ for base in kind.__mro__) for name in _STANDARD)
    return kind.__itemsize__ == 0 and kind.__basicsize__ - object.__basicsize__ <= explained * _POINTER


# One function for each shape -----------------------------------------------------------------------------------


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
    parts = [part for part in gc.get_referents(thing) if type(part) is not FrameType]
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


def _thread_local(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """The values of this thread."""
    kind: Any = next(base for base in type(thing).__mro__ if base.__name__ == "_local")
    out.append(type(thing).__qualname__)
    look.take(dict(kind.__getattribute__(thing, "__dict__")), out, path)


def _weak(look: Look, thing: Any, out: Tokens, path: str) -> None:
    out.append("weak")
    look.take(thing(), out, path)


def _instance(
    dictionary: Callable[[Any], dict[str, Any]] | None,
    slots: dict[str, Callable[[Any], Any]],
    look: Look,
    thing: Any,
    out: Tokens,
    path: str,
) -> None:
    out.append(f"{type(thing).__module__}.{type(thing).__qualname__}")
    for name, value in _held(dictionary, slots, thing):
        out.append(name)
        look.take(value, out, f"{path}.{name}")


def _leaf(tokens_of: Callable[[Any], Tokens]) -> Shape:
    def shape(look: Look, thing: Any, out: Tokens, path: str) -> None:
        try:
            out += tokens_of(thing)
        except Exception:  # of whatever kind: it is closed, or derived from in an unusual way
            look.cannot_see(path)

    return shape


def _both(content: Shape, attributes_shape: Shape) -> Shape:
    """A class derived from a built-in one."""

    def shape(look: Look, thing: Any, out: Tokens, path: str) -> None:
        content(look, thing, out, path)
        attributes_shape(look, thing, out, path)

    return shape


def _foreign(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """A type made in C that nothing is known of: its bytes, the way it would be copied, or what it refers to."""
    kind = type(thing)
    out.append(f"{kind.__module__}.{kind.__qualname__}")
    try:
        out += leaves.buffer(thing)
        return
    except (TypeError, ValueError, BufferError):
        pass
    if _copies_itself(kind):
        try:
            _, *rest = thing.__reduce_ex__(4)
        except Exception:  # whatever a foreign type raises: it cannot be copied
            look.cannot_see(path)
        else:
            look.take(rest, out, path)
        return
    look.cannot_see(path)
    for index, part in enumerate(gc.get_referents(thing)):
        if part is not kind:
            look.take(part, out, f"{path}.{index}")


def _copies_itself(kind: type) -> bool:
    return any(
        name in base.__dict__
        for base in kind.__mro__
        if base is not object
        for name in ("__reduce__", "__reduce_ex__", "__getstate__")
    )


def _viewed(look: Look, thing: Any, out: Tokens, path: str) -> None:
    """A view or a wrapper: what it refers to."""
    out.append(type(thing).__qualname__)
    for part in gc.get_referents(thing):
        look.take(part, out, path)


_SHAPES: Final[dict[str, Shape]] = {
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
    "weakref.ReferenceType": _weak,
    "sqlite3.Connection": _leaf(leaves.database),
    "datetime.*": _leaf(leaves.by_repr),
    "decimal.*": _leaf(leaves.by_repr),
    "fractions.*": _leaf(leaves.by_repr),
    "uuid.*": _leaf(leaves.by_repr),
    "pathlib.*": _leaf(leaves.by_repr),
    "ipaddress.*": _leaf(leaves.by_repr),
    "zoneinfo.*": _leaf(leaves.by_repr),
    "re.*": _leaf(leaves.by_repr),
}
