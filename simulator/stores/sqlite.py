"""A SQLite database as a store, with its journal, its log and the index of its log.

Rule 1: files are rewritten in place, so that connections which workers keep open stay valid.
Rule 2: no restore may bring back a change counter that was there before. SQLite takes the pages that a
connection holds for good as long as the counter is the one it knows; with an old counter under new contents
it would read pages of another run. The index of a log is emptied for the same reason.
Rule 3: nothing is read or written while a transaction that writes is open.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias, cast

from simulator.errors import StoreError
from simulator.stores.file import reaching
from simulator.stores.slot import Image, Nothing, Slot
from simulator.stores.store import State
from simulator.stores.wal import merged

_SUFFIXES = ("", "-journal", "-wal")
_HEADER_SIZE = 100
_WRITE_LOCKS = {"": (0x40000001, 1), "-shm": (120, 3)}  # os_unix.c, wal.c: byte, count
_HOT_JOURNAL = bytes.fromhex("d9d505f920a163d7")
_LOG_MODE = b"\2\2"
_COUNTERS = (slice(24, 28), slice(92, 96))
_STRIDE = 4096  # more transactions than one run commits

Files: TypeAlias = Mapping[str, Image | Nothing]


class SqliteStore:
    """One database file, which need not exist yet."""

    def __init__(self, path: Path, *, name: str | None = None, wait_s: float = 2.0, aside: Path | None = None) -> None:
        """`wait_s` is how long to wait for the end of somebody's transaction; `aside` see `Slot`."""
        self.path = path.resolve()
        self.name = name or str(path)
        self._wait_s = wait_s
        self._slots = {suffix: Slot(Path(f"{self.path}{suffix}"), aside=aside) for suffix in (*_SUFFIXES, "-shm")}
        self._counter = 0

    def save(self) -> State:
        with reaching(self.name):
            self._wait_for_writers()
            return State(self._read())

    def restore(self, state: State) -> None:
        with reaching(self.name):
            self._wait_for_writers()
            self._counter = max(self._counter, _change_counter(self._slots[""].read())) + _STRIDE & 0xFFFFFFFF
            for suffix, image in self._stamped(cast(Files, state)).items():
                self._slots[suffix].write(image)

    def digest(self) -> bytes:
        return digest_of(self.save())

    def close(self) -> None:
        with reaching(self.name):
            for slot in self._slots.values():
                slot.close()

    def _read(self) -> Files:
        return {suffix: self._slots[suffix].read() for suffix in _SUFFIXES}

    def _stamped(self, files: Files) -> Files:
        database = files[""]
        if not isinstance(database, Image):
            return {**files, "-shm": Nothing(folder=None)}
        content = bytearray(database.content)
        if len(content) >= _HEADER_SIZE:
            for counter in _COUNTERS:
                content[counter] = self._counter.to_bytes(4)
        return {**files, "": replace(database, content=bytes(content)), **self._emptied_log(files)}

    def _emptied_log(self, files: Files) -> Files:
        """An index of zeros, which every connection rebuilds, and at least an empty log beside it.

        Empty is as good as absent, and connections that have both open can go on.
        """
        log, index = self._slots["-wal"].read(), self._slots["-shm"].read()
        if _content(files[""])[18:20] != _LOG_MODE or isinstance(log, Nothing) or isinstance(index, Nothing):
            return {"-shm": Nothing(folder=None)}
        saved = files["-wal"]
        return {
            "-wal": replace(log, content=b"") if isinstance(saved, Nothing) else saved,
            "-shm": replace(index, content=bytes(len(index.content))),
        }

    def _wait_for_writers(self) -> None:
        for suffix, (first, count) in _WRITE_LOCKS.items():
            try:
                descriptor = os.open(self._slots[suffix].path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue
            try:
                self._wait_for_lock(descriptor, first, count)
            finally:
                os.close(descriptor)

    def _wait_for_lock(self, descriptor: int, first: int, count: int) -> None:
        until = time.monotonic() + self._wait_s
        while True:
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, count, first)
                return
            except (BlockingIOError, PermissionError):
                if time.monotonic() >= until:
                    break
            time.sleep(0.005)
        raise StoreError(
            f"the database {self.name} is in the middle of a transaction",
            why=[f"another process has held the write lock for {self._wait_s:g} s"],
            do=["commit or roll back before the request ends", "close other programs that write to this database"],
        )


def digest_of(state: State) -> bytes:
    """16 bytes for what a reader would find; see `Store.digest`."""
    files = cast(Files, state)
    content = bytearray(merged(_content(files[""]), _content(files["-wal"])))
    for counter in _COUNTERS:
        content[counter] = bytes(len(content[counter]))
    sealed = blake2b(content, digest_size=16, person=b"there" if isinstance(files[""], Image) else b"")
    journal = _content(files["-journal"])
    if journal.startswith(_HOT_JOURNAL):
        sealed.update(journal)
    return sealed.digest()


def _content(image: Image | Nothing) -> bytes:
    return image.content if isinstance(image, Image) else b""


def _change_counter(image: Image | Nothing) -> int:
    return int.from_bytes(_content(image)[_COUNTERS[0]])
