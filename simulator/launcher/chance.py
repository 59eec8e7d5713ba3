"""Entropy that repeats: everything in this process that asks the operating system for random bytes gets ours.

Rule: what an application seeds itself (`random.seed(42)`, `random.Random(7)`) is its own and is left alone. What
is seeded by nothing (`random.random()`, `Random()`, `secrets`, `uuid4`) follows the stream that is set.
"""

from __future__ import annotations

import importlib
import os
import random
import sys
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from types import FrameType
from typing import Any

from simulator.launcher.substitute import substitute

_BLOCK = 64
_IDLE = frozenset({"multiprocessing.process", "opentelemetry.context"})
"""Modules that ask for something random when they are imported, of which no answer ever tells."""


class Stream:
    """Bytes that look random and follow from `seed` (blake2b in counter mode)."""

    def __init__(self, seed: str) -> None:
        self._key = blake2b(seed.encode(), digest_size=_BLOCK).digest()
        self._blocks = 0
        self._left = b""

    @property
    def position(self) -> tuple[int, int]:
        """How far it was read."""
        return self._blocks, len(self._left)

    def take(self, count: int) -> bytes:
        while len(self._left) < count:
            self._left += blake2b(self._blocks.to_bytes(8), key=self._key).digest()
            self._blocks += 1
        taken, self._left = self._left[:count], self._left[count:]
        return taken


class Chance:
    """The entropy of one process."""

    def __init__(self, seed: str) -> None:
        self._stream = Stream(seed)
        self._is_seeded_by_app = False
        self._seed_shared: Callable[[int], None] = random.seed
        self._undrawn: object = None

    @property
    def was_drawn(self) -> bool:
        """Has anything random been asked for since the stream was set?"""
        return self._undrawn != self._position()

    @property
    def is_seeded_by_app(self) -> bool:
        """The application has seeded the module `random` itself, so that its state is the application's."""
        return self._is_seeded_by_app

    def follow(self, seed: str, *, reseed: bool = False) -> None:
        """Draw from the stream of `seed` from here on.

        The module `random` goes on from there too, unless the application has seeded it; `reseed`: even then, as
        Python itself does in a forked process.
        """
        self._stream = Stream(seed)
        self._forget_last_uuid()
        if reseed or not self._is_seeded_by_app:
            self._seed_module()
        self._undrawn = self._position()

    def begin(self, seed: str) -> None:
        """Be as in a process that has just been taken over with `seed`."""
        self._stream = Stream(seed)
        self._number_machine()
        self._seed_module()

    def install(self) -> None:
        """Be this process' entropy, for good."""

        def urandom(size: int, /) -> bytes:
            if size < 0:
                raise ValueError("negative argument not allowed")
            return self._taken(size, sys._getframe(1))

        replacements: dict[Any, Any] = {os.urandom: urandom}
        if hasattr(os, "getrandom"):
            replacements[os.getrandom] = lambda size, flags=0: urandom(size)  # noqa: ARG005
        if (ssl := sys.modules.get("ssl")) is not None:
            replacements[ssl.RAND_bytes] = urandom
        self._install_generators(replacements)
        substitute(replacements)
        self._install_uuids()
        self._number_machine()
        self._seed_module()

    def _install_generators(self, replacements: dict[Any, Any]) -> None:
        """`Random()` and `seed()` without a seed ask the operating system in C."""
        seed, setstate = random.Random.seed, random.Random.setstate

        def owned_seed(generator: random.Random, a: Any = None, version: int = 2) -> None:
            self._note(generator, is_by_app=a is not None)
            seed(generator, int.from_bytes(self._stream.take(32)) if a is None else a, version)

        def owned_setstate(generator: random.Random, state: Any) -> None:
            self._note(generator, is_by_app=True)
            setstate(generator, state)

        module_seed, module_setstate = random.seed, random.setstate
        generators: Any = random.Random
        generators.seed, generators.setstate = owned_seed, owned_setstate
        shared: Any = _shared_generator()
        replacements[module_seed] = shared.seed
        replacements[module_setstate] = shared.setstate
        self._seed_shared = partial(seed, shared)

    def _taken(self, size: int, asking: FrameType) -> bytes:
        was_drawn = not _is_idle(asking) or self.was_drawn
        taken = self._stream.take(size)
        if not was_drawn:
            self._undrawn = self._position()
        return taken

    def _position(self) -> object:
        return self._stream.position, random.getstate()

    def _note(self, generator: random.Random, *, is_by_app: bool) -> None:
        if generator is _shared_generator():
            self._is_seeded_by_app = is_by_app

    def _seed_module(self) -> None:
        self._seed_shared(int.from_bytes(self._stream.take(32)))
        self._is_seeded_by_app = False

    def _install_uuids(self) -> None:
        """Without its library in C, `uuid` asks `os.urandom`, `random` and the clock."""
        uuid: Any = importlib.import_module("uuid")
        uuid._generate_time_safe = None
        uuid._UuidCreate = None

    def _number_machine(self) -> None:
        """The machine's number, of which `uuid1` makes use."""
        uuid: Any = sys.modules["uuid"]
        uuid._node = int.from_bytes(self._stream.take(6)) | 1 << 40  # marked as no card's address, RFC 9562 6.10

    def _forget_last_uuid(self) -> None:
        """`uuid1` remembers when it was last called, so as not to give the same twice at the same time."""
        uuid: Any = sys.modules["uuid"]
        uuid._last_timestamp = None


def _is_idle(asking: FrameType) -> bool:
    """Does one of these modules ask, itself or by `uuid4`?"""
    frames = (asking, asking.f_back)
    return any(frame is not None and frame.f_globals.get("__name__") in _IDLE for frame in frames)


def _shared_generator() -> random.Random:
    """The one behind the functions of the module `random`."""
    generator: Any = random
    return generator._inst  # type: ignore[no-any-return]
