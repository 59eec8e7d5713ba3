"""One look at everything that the application's own modules hold, variable by variable.

A variable is a place that has a name in the source: a global, a class attribute, an attribute of an object, a
default argument, a variable of an enclosing function, what a cache remembers. Its tokens are its value taken apart,
down to where the next variable begins.

Rule: what is found at two places is taken apart at the first; the second refers to it by path. Modules, classes
and objects are gone through in the order of names, so that equal values give equal tokens in every process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, Protocol, TypeAlias

from simulator.launcher.containers import Shape, digest_input
from simulator.launcher.leaves import ATOMS, Tokens, cached_results, identity
from simulator.launcher.shapes import attributes, content_shape_of, is_plain_data, shape_of

Enter: TypeAlias = Callable[[Any, str], None]

_DEEPEST: Final = 120
_MOST_OBJECTS: Final = 300_000
_WRAPPERS: Final = (staticmethod, classmethod)
_HIDDEN: Final = "__"


@dataclass(slots=True, kw_only=True)
class Variable:
    """`mark` is equal for equal values. `kind` is for people: "global", "default argument" ..."""

    path: str
    kind: str
    value: Any
    mark: bytes


class Library(Protocol):
    """The objects of libraries, which are looked at in another way (`launcher.library`)."""

    def name_of(self, thing: Any, path: str) -> str | None:
        """What `thing` is called if it belongs to the libraries' part of memory; None if it is to be taken apart."""


@dataclass(slots=True)
class Walk:
    """`owns` says of a module's name whether the application's authors wrote it."""

    owns: Callable[[str], bool]
    library: Library
    shapes: dict[type, Shape] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)
    opaque: dict[str, None] = field(default_factory=dict)
    _seen: dict[int, str] = field(default_factory=dict)
    _alive: list[Any] = field(default_factory=list)
    _names: dict[str, int] = field(default_factory=dict)
    _waiting: deque[tuple[Enter, Any, str]] = field(default_factory=deque)
    _depth: int = 0

    def module(self, module: ModuleType) -> None:
        """Every global of one module, and all that its functions, classes and objects hold."""
        for name, value in sorted(vars(module).items()):
            if not name.startswith(_HIDDEN):
                self.variable(f"{module.__name__}.{name}", "global", value)

    def variable(self, path: str, kind: str, value: Any) -> None:
        """Note one variable, then go through the objects that were met for the first time."""
        self._note(path, kind, value)
        self.go_on()

    def go_on(self) -> bool:
        """Go through the objects that wait; whether there were any."""
        there_were = bool(self._waiting)
        while self._waiting:
            enter, thing, place = self._waiting.popleft()
            enter(thing, place)
        return there_were

    def take(self, thing: Any, out: Tokens, path: str) -> None:
        """`shapes.Look`."""
        kind = type(thing)
        if kind in ATOMS:
            out.append(thing)
            return
        if (place := self._seen.get(identity(thing))) is not None:
            out += ("@", place)
            return
        if self._depth > _DEEPEST or len(self._seen) > _MOST_OBJECTS:
            self.cannot_see(path)
            return
        self._depth += 1
        self._first_sight(thing, kind, out, path)
        self._depth -= 1

    def cannot_see(self, path: str) -> None:
        """`shapes.Look`."""
        self.opaque[path] = None

    def opened(self, thing: Any, path: str) -> bool:
        """Whether `thing` is the application's own; it then waits to be gone through."""
        entry = self._entry(thing, type(thing), path)
        if entry is not None and identity(thing) not in self._seen:
            self._open(thing, *entry)
        return entry is not None

    def has_taken(self, thing: Any) -> bool:
        """Whether `thing` is data that was taken apart for a variable."""
        return identity(thing) in self._seen and is_plain_data(type(thing))

    def _first_sight(self, thing: Any, kind: type, out: Tokens, path: str) -> None:
        entry = self._entry(thing, kind, path)
        place = self._open(thing, *entry) if entry is not None else self.library.name_of(thing, path)
        if place is not None:
            self._remember(thing, place)
            out += (kind.__qualname__, "@", place)
            return
        self._remember(thing, path)
        self._shape(kind)(self, thing, out, path)

    def _entry(self, thing: Any, kind: type, path: str) -> tuple[Enter, str] | None:
        """How to go through what the application's code defines and has variables of its own, and what to call it."""
        owner: Any = kind.__module__
        entry: tuple[Enter, str] = (self._object, path)
        if (function := _function_in(thing, kind)) is not None:
            owner = function.__globals__.get("__name__")  # where it was written, whatever a wrapper says
            entry = (self._function, f"{owner}.{function.__qualname__}")
        elif type in kind.__mro__:
            owner = thing.__module__
            entry = (self._class, f"{owner}.{thing.__qualname__}")
        return entry if isinstance(owner, str) and self.owns(owner) else None

    def _open(self, thing: Any, enter: Enter, place: str) -> str:
        if enter != self._object:
            place = self._unique(place)
        self._remember(thing, place)
        self._waiting.append((enter, thing, place))
        return place

    def _note(self, path: str, kind: str, value: Any) -> None:
        tokens: Tokens = [kind]
        self.take(value, tokens, path)
        self._add(path, kind, value, tokens)

    def _add(self, path: str, kind: str, value: Any, tokens: Tokens) -> None:
        mark = blake2b(digest_input(tokens), digest_size=8).digest()
        self.variables.append(Variable(path=self._unique(path), kind=kind, value=value, mark=mark))

    def _function(self, function: Any, place: str) -> None:
        if type(function) is not FunctionType:
            self._cache(function, place)
            return
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]
        defaults = function.__defaults__ or ()
        for name, value in zip(names[len(names) - len(defaults) :], defaults, strict=False):
            self._note(f"{place}({name})", "default argument", value)
        for name, value in (function.__kwdefaults__ or {}).items():
            self._note(f"{place}({name})", "default argument", value)
        self._closure(function, code, place)
        for name, value in sorted(vars(function).items()):
            self._note(f"{place}.{name}", "function attribute", value)

    def _closure(self, function: FunctionType, code: CodeType, place: str) -> None:
        outside = place.rpartition(".")[0]
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=False):
            if identity(cell) in self._seen or name == "__class__":
                continue
            self._remember(cell, f"{outside}.{name}")
            try:
                self._note(f"{outside}.{name}", "closure", cell.cell_contents)
            except ValueError:  # nothing was put into it yet
                continue

    def _cache(self, cache: Any, place: str) -> None:
        for arguments, result in cached_results(cache):
            self._note(f"{place}({arguments})", "cache", result)
        self._note(f"{place}.__wrapped__", "function attribute", cache.__wrapped__)

    def _class(self, own: type, place: str) -> None:
        for name, value in sorted(vars(own).items()):
            if name.startswith("_") and type(own).__name__ == "EnumType":
                continue  # its registers of its members
            if type(value) in _WRAPPERS:
                self._note(f"{place}.{name}", "class attribute", value.__func__)
            elif type(value) is property:
                for part in (value.fget, value.fset, value.fdel):
                    self.opened(part, f"{place}.{name}")
            elif not name.startswith(_HIDDEN) and type(value).__name__ not in (
                "member_descriptor",
                "getset_descriptor",
            ):
                self._note(f"{place}.{name}", "class attribute", value)
            elif type(value) is FunctionType:
                self.opened(value, f"{place}.{name}")

    def _object(self, thing: Any, place: str) -> None:
        for name, value in attributes(thing):
            self._note(f"{place}.{name}", "instance attribute", value)
        content = content_shape_of(type(thing))
        if content is not None:
            tokens: Tokens = []
            content(self, thing, tokens, place)
            self._add(place, "instance", thing, tokens)

    def _shape(self, kind: type) -> Shape:
        shape = self.shapes.get(kind)
        if shape is None:
            shape = self.shapes[kind] = shape_of(kind)
        return shape

    def _remember(self, thing: Any, place: str) -> None:
        self._seen[identity(thing)] = place
        self._alive.append(thing)  # so that no other object gets its address

    def _unique(self, place: str) -> str:
        number = self._names[place] = self._names.get(place, 0) + 1
        return place if number == 1 else f"{place}#{number}"


def _function_in(thing: Any, kind: type) -> FunctionType | None:
    if kind.__name__ == "_lru_cache_wrapper":
        thing = getattr(thing, "__wrapped__", None)
    return thing if type(thing) is FunctionType else None


def own_modules(modules: Mapping[str, Any], owns: Callable[[str], bool]) -> Iterable[ModuleType]:
    """In the order of their names."""
    for name, module in sorted(modules.items()):
        if owns(name) and isinstance(module, ModuleType):
            yield module
