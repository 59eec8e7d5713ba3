"""A folder as a store: every file, folder and symbolic link below it.

Rule: a file is read again unless nothing can have happened to it, that is, unless its inode, size and times
are the ones known and it had already been old when it was read (a change within the clock's grain would
leave the times as they are).
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias, cast

from simulator.stores.file import reaching
from simulator.stores.slot import Image, overwrite
from simulator.stores.store import State

_GRAIN_NS = 2_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder with its permission bits."""

    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A symbolic link; it is not followed."""

    target: str


Entry: TypeAlias = Image | Folder | Link
Tree: TypeAlias = dict[str, Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    signature: tuple[int, int, int, int]
    read_at_ns: int
    image: Image = field(repr=False)


class FolderStore:
    """Everything below one folder, which need not exist yet."""

    def __init__(self, path: Path, *, name: str | None = None) -> None:
        self.path = path.resolve()
        self.name = name or f"{path}/"
        self._known: dict[str, _Known] = {}

    def save(self) -> State:
        with reaching(self.name):
            return State(self._read())

    def restore(self, state: State) -> None:
        with reaching(self.name):
            self._write(cast(Tree, state))

    def digest(self) -> bytes:
        sealed = blake2b(digest_size=16)
        for name, entry in sorted(cast(Tree, self.save()).items()):
            body = entry.content if isinstance(entry, Image) else getattr(entry, "target", "").encode()
            head = f"{name}\0{type(entry).__name__}\0{getattr(entry, 'mode', 0)}\0{len(body)}\0"
            sealed.update(head.encode("utf-8", "surrogateescape") + body)
        return sealed.digest()

    def close(self) -> None:
        self._known.clear()

    def _read(self) -> Tree:
        """The folder itself is the entry "."; without it the tree is empty."""
        tree: Tree = {}
        for name, status in self._walk():
            path = self.path / name
            if stat.S_ISDIR(status.st_mode):
                tree[name] = Folder(mode=stat.S_IMODE(status.st_mode))
            elif stat.S_ISLNK(status.st_mode):
                tree[name] = Link(target=os.readlink(path))
            elif stat.S_ISREG(status.st_mode):
                tree[name] = self._image(name, path, status)
        return tree

    def _walk(self) -> Iterator[tuple[str, os.stat_result]]:
        if not self.path.is_dir():
            return
        yield ".", self.path.stat()
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            with os.scandir(self.path / folder) as entries:
                for entry in entries:
                    name = os.path.join(folder, entry.name)
                    yield name, entry.stat(follow_symlinks=False)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(name)

    def _image(self, name: str, path: Path, status: os.stat_result) -> Image:
        signature = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        known = self._known.get(name)
        if known and known.signature == signature and status.st_ctime_ns + _GRAIN_NS < known.read_at_ns:
            return known.image
        read_at_ns = time.time_ns()
        image = Image(content=path.read_bytes(), mode=stat.S_IMODE(status.st_mode), mtime_ns=status.st_mtime_ns)
        self._known[name] = _Known(signature=signature, read_at_ns=read_at_ns, image=image)
        return image

    def _write(self, tree: Tree) -> None:
        now = self._read()
        for name in sorted(now, reverse=True):  # what is inside a folder sorts behind it
            if type(tree.get(name)) is not type(now[name]):
                _remove(self.path / name)
        for name in sorted(tree):
            if tree[name] != now.get(name):
                _put(self.path / name, tree[name])


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
        return
    with suppress(FileNotFoundError):
        path.unlink()


def _put(path: Path, entry: Entry) -> None:
    match entry:
        case Folder(mode=mode):
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)
        case Link(target=target):
            path.unlink(missing_ok=True)
            path.symlink_to(target)
        case Image():
            overwrite(path, entry)
