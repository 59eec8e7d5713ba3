"""What the application holds in this process: as paths with short values, and as one fingerprint.

Two workers with equal fingerprints answer every request alike, as far as that can be seen from outside of C code;
what could not be looked into is named (`opaque`). Runs inside the application's process.
"""

from __future__ import annotations

import contextvars
import importlib
import sys
import sysconfig
import threading
from collections.abc import Callable, Iterator, Sequence
from hashlib import blake2b
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from simulator.launcher.containers import Shape
from simulator.launcher.leaves import ATOMS
from simulator.launcher.library import Objects
from simulator.launcher.noise import NOTHING, is_noise_at, without_framework_notes
from simulator.launcher.short import short
from simulator.launcher.surroundings import framework_caches, secret_keys, surroundings
from simulator.launcher.walk import Walk, own_modules
from simulator.wire import Message

if TYPE_CHECKING:
    from simulator.launcher.lines import Lines

_PROXIED: Final = "._LocalProxy__wrapped"
"""Of a proxy of werkzeug's, as `flask.g` is one: the variable behind it."""
_MOST_PATHS: Final = 2000


class Memory:
    """Looks at one process, and at its forks. Prepare it after the load and before the first request."""

    def __init__(self, *, owns_file: Callable[[str], bool], owns_random: Callable[[], bool]) -> None:
        """`owns_file` says of a file's path whether the application's authors wrote it. `owns_random`: whether the
        state of the module `random` is set anew for each request, and so is no state of the application."""
        self._owns_file = owns_file
        self._owns_random = owns_random
        self._own: dict[str, bool] = {}
        self._shapes: dict[type, Shape] = {}
        self._objects: Objects | None = None
        self._later: list[tuple[Any, str]] = []
        self._lines: Lines | None = None

    def prepare(self) -> Objects:
        """Learn what libraries hold. Takes some 10 to 50 ms; without it the first `look` does it."""
        objects = Objects(self._owns)
        walk = Walk(self._owns, objects, self._shapes)
        self._walk_own(walk)

        def own_found(thing: Any, path: str) -> bool:
            if not walk.opened(thing, path):
                return walk.has_taken(thing)
            self._later.append((thing, path))
            return True

        objects.learn(self._libraries(), own_found)
        while walk.go_on():  # the application's objects that only libraries hold, and what they hold in turn
            objects.learn((), own_found)
        objects.finish()
        self._objects = objects
        return objects

    def look(self, *, values: bool = True, watch: Sequence[str] | None = None) -> Message:
        """`fingerprint`, `opaque` (paths), `threads`, and with `values` by path: `paths` (short values), `kinds`,
        `marks` (equal for equal values); `modules` are the application's own with their files. `cut` counts the paths
        that were left out. With `watch` (names of variables, if any are known) lines are watched from now on; then each
        look has `lines`: what the lines since the last look changed and read (`launcher.lines`).
        """
        if self._lines is not None:
            self._lines.pause()
        walk = self._walked()
        whole = blake2b(digest_size=16)
        for variable in walk.variables:
            whole.update(variable.path.encode("utf-8", "surrogatepass") + variable.mark)
        found: Message = {
            "fingerprint": whole.hexdigest(),
            "opaque": list(walk.opaque),
            "threads": threading.active_count(),
        }
        if self._lines is None and watch is not None:
            self._lines = self._watching(watch)
        if self._lines is not None:
            found["lines"] = self._lines.report()
        if values:
            found |= _shown(walk)
            found["modules"] = {module.__name__: module.__file__ for module in own_modules(sys.modules, self._owns)}
        if self._lines is not None:
            self._lines.go_on()
        return found

    def _watching(self, names: Sequence[str]) -> Lines:
        lines = importlib.import_module("simulator.launcher.lines")
        watching: Lines = lines.Lines(names, marks_of=self._marks, owns=self._owns_file)
        watching.begin()
        watching.pause()
        return watching

    def _marks(self) -> dict[str, bytes]:
        return {variable.path: variable.mark for variable in self._walked().variables}

    def _walked(self) -> Walk:
        """Everything that the application holds now."""
        if self._objects is None:
            self._objects = self.prepare()
        walk = Walk(self._owns, self._objects, self._shapes)
        self._walk_own(walk)
        for thing, path in self._later:
            walk.opened(thing, path)
        walk.go_on()
        self._walk_changes(walk, self._objects)
        return walk

    def _walk_own(self, walk: Walk) -> None:
        modules = [*own_modules(sys.modules, self._owns)]
        for module in modules:
            walk.module(module)
        for path, kind, value in surroundings(with_random=not self._owns_random()):
            walk.variable(path, kind, value)
        for path, value in framework_caches():
            walk.variable(path, "cache", value)
        for path, value in secret_keys(modules):
            walk.variable(path, "library", value)

    def _walk_changes(self, walk: Walk, objects: Objects) -> None:
        for change in objects.changes():
            if not change.is_noise:
                walk.variable(change.path, "cache" if "cache" in change.path.lower() else "library", change.value)
            elif type(change.value) not in ATOMS:
                objects.own_inside(change.value, change.path, walk.opened)
                walk.go_on()
        for thing, path in objects.live:
            walk.variable(path, "library", thing)
        # A context keeps its variables by their addresses, which say nothing.
        for variable, value in sorted(contextvars.copy_context().items(), key=lambda entry: entry[0].name):
            path = (objects.path_of(variable) or variable.name).removesuffix(_PROXIED)
            held = without_framework_notes(value)
            if held is not NOTHING and not is_noise_at(path):
                walk.variable(f"context variable {path}", "context variable", held)

    def _owns(self, module: str) -> bool:
        known = self._own.get(module)
        if known is None:
            file = getattr(sys.modules.get(module), "__file__", None)
            if module not in sys.modules:
                return False
            known = self._own[module] = isinstance(file, str) and self._owns_file(file)
        return known

    def _libraries(self) -> Iterator[ModuleType]:
        """Installed modules; Python's own are left out, and so are ours."""
        home = sysconfig.get_path("stdlib")
        for name, module in sorted(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name == "__main__" or name.partition(".")[0] == "simulator" or type(module) is not ModuleType:
                continue
            if is_noise_at(name):
                continue
            if isinstance(file, str) and not self._owns(name) and ("-packages" in file or not file.startswith(home)):
                yield module


def _shown(walk: Walk) -> Message:
    paths: dict[str, str] = {}
    kinds: dict[str, str] = {}
    marks: dict[str, str] = {}
    for variable in walk.variables:
        paths[variable.path] = short(variable.value)
        kinds[variable.path] = variable.kind
        marks[variable.path] = variable.mark.hex()
        if len(paths) == _MOST_PATHS:
            break
    return {"paths": paths, "kinds": kinds, "marks": marks, "cut": len(walk.variables) - len(paths)}
