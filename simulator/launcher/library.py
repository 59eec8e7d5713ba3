"""The objects of libraries: what of them is no longer as it was after the load.

There are thousands (an app object, its routes, a registry of models), nearly all of them never change, and taking
them apart for every look would take longer than a request. So each of their containers is remembered once, with
the very objects that it holds, and a look compares identities.

Rule: this works among forks of one process, where an object keeps its identity. What was prepared before the fork
serves in all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from simulator.launcher.leaves import ATOMS, identity, is_connected, key_text
from simulator.launcher.noise import is_closed, is_noise, is_noise_at, is_out_of_bounds
from simulator.launcher.shapes import attributes, content_shape_of, dictionary_of, is_plain_data, slots_of

_CHUNK: Final = 64
_MOST: Final = 60_000
_MOST_INSIDE: Final = 2_000
_SEQUENCES: Final = (list, set, deque)
_CONTAINERS: Final = (dict, *_SEQUENCES)
_STATE: Final = "starlette.datastructures.State"
_GONE: Final = "(gone)"
_LIVE: Final = frozenset(
    {
        "sqlalchemy.pool.base._ConnectionRecord",
        "sqlalchemy.util._collections.ThreadLocalRegistry",
        "sqlite3.Connection",
    }
)
"""Types whose things hold what no container of Python shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`path` holds `value` now. A framework's own note `is_noise`; objects of the application may be in it even so."""

    path: str
    value: Any
    is_noise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tracked:
    """A container as it was. `owner` is what a person calls it: the object whose attributes it holds, or itself."""

    container: Any
    path: str
    owner: type
    is_attributes: bool
    keys: list[Any]
    values: list[Any]

    def is_same(self) -> bool:
        now = self.container
        if len(now) != len(self.values):
            return False
        if not isinstance(now, dict):
            return all(map(is_, now, self.values))
        return all(map(is_, dict.values(now), self.values)) and all(map(is_, now, self.keys))


@dataclass(slots=True)
class _Chunk:
    """Containers that are compared in one go."""

    tracked: list[_Tracked]
    _containers: list[Any] = field(init=False)
    _flat: list[Any] = field(init=False)
    _count: int = field(init=False)

    def __post_init__(self) -> None:
        self._containers = [each.container for each in self.tracked]
        self._flat = list(self._everything())
        self._count = sum(map(len, self._containers))

    def changed(self) -> Iterable[_Tracked]:
        if sum(map(len, self._containers)) == self._count and all(map(is_, self._everything(), self._flat)):
            return ()
        return [each for each in self.tracked if not each.is_same()]

    def _everything(self) -> Iterator[Any]:
        if isinstance(self._containers[0], dict):
            held = chain.from_iterable(map(dict.values, self._containers))
            return chain(held, chain.from_iterable(self._containers))
        return chain.from_iterable(self._containers)


class Objects:
    """`walk.Library`. Learns what there is while `learn` runs; knows afterwards.

    `live` are things, with their paths, that have to be taken apart for every look.
    """

    def __init__(self, owns: Callable[[str], bool]) -> None:
        self._owns = owns
        self._paths: dict[int, str] = {}
        self._entered: set[int] = set()
        self._slots: dict[type, dict[str, Callable[[Any], Any]]] = {}
        self._live_kinds: dict[type, bool] = {}
        self._alive: list[Any] = []
        self._waiting: deque[tuple[Any, str]] = deque()
        self._dictionaries: list[_Tracked] = []
        self._sequences: list[_Tracked] = []
        self._chunks: list[_Chunk] = []
        self._is_learning = True
        self.live: list[tuple[Any, str]] = []

    def name_of(self, thing: Any, path: str) -> str | None:
        kind = type(thing)
        if kind is FunctionType or type in kind.__mro__:
            if self._is_learning and kind is FunctionType:
                self._waiting += ((cell, path) for cell in _closure(thing))
            return f"{thing.__module__}.{thing.__qualname__}"
        if kind is ModuleType:
            return str(thing.__name__)
        known = self._paths.get(identity(thing))
        if known is None and self._is_learning and self._is_ours(kind):
            self._waiting.append((thing, path))
            self._paths[identity(thing)] = path
            self._alive.append(thing)
            return path
        return known

    def learn(self, modules: Iterable[ModuleType], own_found: Callable[[Any, str], bool]) -> None:
        """Go through everything that was met so far, and through the globals of `modules`.

        `own_found` is given what is met and says whether it is the application's own.
        """
        self._explore(own_found)
        for module in modules:
            self._waiting += (
                (value, f"{module.__name__}.{name}")
                for name, value in vars(module).items()
                if type(value) not in ATOMS and name[:2] != "__"
            )
            self._track(vars(module), module.__name__, ModuleType, is_attributes=True)
        self._explore(own_found)

    def finish(self) -> None:
        """What is met from now on is new."""
        self._is_learning = False
        for tracked in (self._dictionaries, self._sequences):
            self._chunks += (_Chunk(tracked[at : at + _CHUNK]) for at in range(0, len(tracked), _CHUNK))

    def changes(self) -> Iterator[Change]:
        """What is not as it was."""
        for chunk in self._chunks:
            for tracked in chunk.changed():
                yield from _differences(tracked)

    def own_inside(self, value: Any, path: str, own_found: Callable[[Any, str], bool]) -> None:
        """Show `own_found` what libraries hold inside `value`, which is new."""
        seen: set[int] = set()
        waiting = deque([(value, path)])
        while waiting and len(seen) < _MOST_INSIDE:
            thing, place = waiting.popleft()
            kind = type(thing)
            if kind in ATOMS or identity(thing) in seen or identity(thing) in self._paths or is_out_of_bounds(kind):
                continue
            seen.add(identity(thing))
            if not own_found(thing, place):
                waiting += _inside(thing, kind, place)

    def path_of(self, thing: Any) -> str | None:
        """Where `thing` was met when this was learned."""
        return self._paths.get(identity(thing))

    @property
    def size(self) -> int:
        """How many containers are watched."""
        return len(self._dictionaries) + len(self._sequences)

    def _is_ours(self, kind: type) -> bool:
        """An object of a library that holds nothing but attributes and items."""
        return not is_plain_data(kind) and not self._owns(kind.__module__) and _is_open(kind)

    def _is_live(self, kind: type) -> bool:
        known = self._live_kinds.get(kind)
        if known is None:
            names = (f"{base.__module__}.{base.__qualname__}" for base in kind.__mro__)
            known = self._live_kinds[kind] = any(name in _LIVE for name in names)
        return known

    def _explore(self, own_found: Callable[[Any, str], bool]) -> None:
        while self._waiting:
            thing, path = self._waiting.popleft()
            kind = type(thing)
            if kind in ATOMS or (which := identity(thing)) in self._entered:
                continue
            if is_out_of_bounds(kind) or len(self._paths) > _MOST:
                continue
            self._entered.add(which)
            self._alive.append(thing)
            if own_found(thing, path):
                continue
            if self._is_live(kind) or is_connected(thing):
                self.live.append((thing, path))
                continue
            self._paths.setdefault(which, path)
            self._enter(thing, kind, path)

    def _enter(self, thing: Any, kind: type, path: str) -> None:
        if kind is FunctionType:
            self._waiting += ((cell, path) for cell in _closure(thing))
        elif kind is MethodType:
            self._waiting += ((thing.__self__, path), (thing.__func__, path))
        elif kind in (ModuleType, BuiltinFunctionType):
            return
        elif type in kind.__mro__:
            self._waiting += (
                (value, f"{path}.{name}")
                for name, value in vars(thing).items()
                if type(value) in _CONTAINERS and name[:2] != "__"
            )
        else:
            self._enter_object(thing, kind, path)

    def _enter_object(self, thing: Any, kind: type, path: str) -> None:
        if issubclass(kind, dict):
            self._track(thing, path, kind, is_attributes=False)
            items = dict.items(thing)
            self._waiting += ((value, f"{path}[{key_text(key)}]") for key, value in items if type(value) not in ATOMS)
        elif issubclass(kind, (*_SEQUENCES, tuple, frozenset)):
            if issubclass(kind, _SEQUENCES):
                self._track(thing, path, kind, is_attributes=False)
            members = enumerate(list(thing))
            self._waiting += ((value, f"{path}[{index}]") for index, value in members if type(value) not in ATOMS)
        if (dictionary := dictionary_of(kind)) is not None:
            self._enter_attributes(dictionary(thing), kind, path.removesuffix("._wrapped"))
        self._enter_slots(thing, kind, path)

    def _enter_attributes(self, held: dict[str, Any], kind: type, path: str) -> None:
        """A lazy object and the real one (`_wrapped`), a state and its dictionary, are one thing to people."""
        self._track(held, path, kind, is_attributes=True)
        for name, value in list(held.items()):
            if name == "_state" and f"{kind.__module__}.{kind.__qualname__}" == _STATE and type(value) is dict:
                self._entered.add(identity(value))
                self._enter_attributes(value, kind, path)
            elif type(value) not in ATOMS and not is_closed(kind, name):
                self._waiting.append((value, f"{path}.{name}"))

    def _enter_slots(self, thing: Any, kind: type, path: str) -> None:
        slots = self._slots.get(kind)
        if slots is None:
            slots = self._slots[kind] = slots_of(kind)
        for name, value_of in slots.items():
            try:
                self._waiting.append((value_of(thing), f"{path}.{name}"))
            except AttributeError:
                continue

    def _track(self, container: Any, path: str, owner: type, *, is_attributes: bool) -> None:
        is_dictionary = isinstance(container, dict)
        tracked = _Tracked(
            container=container,
            path=path,
            owner=owner,
            is_attributes=is_attributes,
            keys=list(container) if is_dictionary else [],
            values=list(dict.values(container)) if is_dictionary else list(container),
        )
        (self._dictionaries if is_dictionary else self._sequences).append(tracked)


def _differences(tracked: _Tracked) -> Iterator[Change]:
    if not isinstance(tracked.container, dict):
        yield Change(path=tracked.path, value=list(tracked.container), is_noise=is_noise_at(tracked.path))
        return
    before = dict(zip(tracked.keys, tracked.values, strict=True))
    now = dict(tracked.container)
    for key in [*now, *(key for key in before if key not in now)]:
        value = now.get(key, _GONE)
        if key in before and before[key] is value:
            continue
        place = f"{tracked.path}.{key}" if tracked.is_attributes else f"{tracked.path}[{key_text(key)}]"
        yield Change(path=place, value=value, is_noise=is_noise(tracked.owner, tracked.path, key, value))


def _inside(thing: Any, kind: type, path: str) -> Iterator[tuple[Any, str]]:
    if kind is FunctionType:
        return ((cell, path) for cell in _closure(thing))
    if kind is MethodType:
        return iter(((thing.__self__, path), (thing.__func__, path)))
    if kind is ModuleType or type in kind.__mro__:
        return iter(())
    if issubclass(kind, dict):
        return ((value, f"{path}[{key_text(key)}]") for key, value in list(dict.items(thing)))
    if issubclass(kind, (*_SEQUENCES, tuple, frozenset)):
        return ((value, f"{path}[{index}]") for index, value in enumerate(list(thing)))
    return ((value, f"{path}.{name}") for name, value in attributes(thing))


def _closure(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # nothing was put into it yet
            continue


def _is_open(kind: type) -> bool:
    return issubclass(kind, (dict, *_SEQUENCES)) or content_shape_of(kind) is None
