"""How each kind of object is taken apart: what it is, as plain tokens, and what it holds.

Rule: an object is looked at without running anything of the application: no `__getattr__`, no `__repr__`, no
`__eq__`; types are asked, not instances, since an instance may be a proxy for something that is not there.
"""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator
from types import GetSetDescriptorType, MemberDescriptorType
from typing import Any, Final

from simulator.launcher import leaves
from simulator.launcher.containers import SHAPES, WHOLE, Look, Shape
from simulator.launcher.leaves import Tokens
from simulator.launcher.noise import is_note

_DICTIONARY: Final = (GetSetDescriptorType, MemberDescriptorType)
_POINTER: Final = 8
_HEAP_TYPE: Final = 1 << 9
_STANDARD: Final = ("__dict__", "__weakref__")


def shape_of(kind: type) -> Shape:
    """How things of this type are taken apart."""
    attributes_shape = functools.partial(_instance, dictionary_of(kind), slots_of(kind))
    content = content_shape_of(kind)
    if content is None:
        return attributes_shape
    is_all = content in (_foreign, *WHOLE) or not kind.__flags__ & _HEAP_TYPE
    return content if is_all else _both(content, attributes_shape)


def content_shape_of(kind: type) -> Shape | None:
    """How to take apart what things of this type hold beside their attributes; None where that is nothing."""
    for base in kind.__mro__:
        shape = SHAPES.get(f"{base.__module__}.{base.__qualname__}") or SHAPES.get(f"{base.__module__}.*")
        if shape is not None:
            return shape
    return None if _is_plain(kind) else _foreign


def is_plain_data(kind: type) -> bool:
    """One of Python's own containers, iterators, numbers, locks ... and not derived from one."""
    return f"{kind.__module__}.{kind.__qualname__}" in SHAPES or f"{kind.__module__}.*" in SHAPES


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
        if not is_note(type(thing), name):
            out.append(name)
            look.take(value, out, f"{path}.{name}")


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
