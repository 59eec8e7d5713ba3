"""Keeps what a file was before the application wrote to it, so that later runs can begin with it again.

An audit hook sees every way in which Python code changes a file (`open` for writing, `sqlite3.connect`,
`os.remove` ...) before it happens. At the first sight of a path its *pre-image* is copied to a folder that all
processes of a run share: one record for each path. What programs in C do by themselves is not seen.

A record is a line of JSON and the contents behind it. The line: {"path", "what": "file" | "database", "parts"};
a part is {"kind": "nothing", "folder"}, {"kind": "file", "mode", "mtime_ns", "size"}, {"kind": "folder", "mode"},
{"kind": "link", "target"} or {"kind": "unkept"}. A database has three parts: the file, `-journal`, `-wal`.

Rule: a record is complete before the write that it is taken for goes on, and the first record of a path stays.
It is written aside and linked to its name; a second process may then copy a file that is being changed already,
but the name is taken. Nothing that goes wrong here reaches the application.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from simulator.launcher.capture import only

Part: TypeAlias = tuple[dict[str, Any], bytes]

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_LOG_SUFFIXES: Final = ("", "-journal", "-wal")
_NEVER: Final = ("__pycache__", ".workersim", ".git", ".pytest_cache")
_LARGEST: Final = 256 << 20


class Preimages:
    """The hook of one process. Its forks inherit it."""

    def __init__(self, *, folder: str, root: str) -> None:
        """`folder` takes the records; files below `root` are kept."""
        self._folder = folder
        self._root = os.path.join(os.path.realpath(root), "")
        self._records = os.path.join(os.path.realpath(folder), "")
        self._seen: set[tuple[str, bool]] = set()
        self._busy = threading.local()

    def install(self) -> None:
        """Begin; hooks cannot be taken away again."""
        sys.addaudithook(only(_CHANGES.keys(), self._audit))

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        paths_of = _CHANGES[event]
        if getattr(self._busy, "now", False):
            return
        self._busy.now = True
        try:
            with contextlib.suppress(OSError, ValueError, TypeError, IndexError):
                for path in paths_of(arguments):
                    self._keep(path, is_database=event == "sqlite3.connect")
        finally:
            self._busy.now = False

    def _keep(self, path: str, *, is_database: bool) -> None:
        if (path, is_database) in self._seen or not self._is_ours(path):
            return
        name = hashlib.blake2b(f"{path}\0{is_database}".encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
        record = os.path.join(self._folder, name)
        if not os.path.exists(record):
            _write(record, path, [_part(path + suffix) for suffix in (_LOG_SUFFIXES if is_database else ("",))])
        self._seen.add((path, is_database))

    def _is_ours(self, path: str) -> bool:
        if not path.startswith(self._root) or any(name in path.split(os.sep) for name in _NEVER):
            return False
        return not path.startswith(self._records)


def _part(path: str) -> Part:
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return {"kind": "nothing", "folder": _topmost_missing(path)}, b""
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISDIR(status.st_mode):
        return {"kind": "folder", "mode": mode}, b""
    if stat.S_ISLNK(status.st_mode):
        return {"kind": "link", "target": os.readlink(path)}, b""
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        return {"kind": "unkept"}, b""
    with open(path, "rb", buffering=0) as file:
        content = file.readall()
    return {"kind": "file", "mode": mode, "mtime_ns": status.st_mtime_ns, "size": len(content)}, content


def _write(record: str, path: str, parts: Sequence[Part]) -> None:
    what = "database" if len(parts) > 1 else "file"
    head = {"path": path, "what": what, "parts": [part for part, _ in parts]}
    aside = f"{record}.{os.getpid()}.{threading.get_ident()}"
    with open(aside, "wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        for _, content in parts:
            file.write(content)
    try:
        with contextlib.suppress(FileExistsError):
            os.link(aside, record)
    finally:
        os.unlink(aside)


def _topmost_missing(path: str) -> str | None:
    missing = None
    folder = os.path.dirname(path)
    while not os.path.isdir(folder):
        missing, folder = folder, os.path.dirname(folder)
    return missing


def _opened(arguments: tuple[Any, ...]) -> Iterable[str]:
    path, _, flags = arguments
    return (_followed(path),) if isinstance(flags, int) and flags & _WRITING and not isinstance(path, int) else ()


def _connected(arguments: tuple[Any, ...]) -> Iterable[str]:
    database = os.fsdecode(arguments[0])
    if database.startswith("file:"):
        database, _, query = database.removeprefix("file:").partition("?")
        if database.startswith("//"):  # file://localhost/path, file:///path
            database = database[database.index("/", 2) :]
        if "mode=memory" in query:
            return ()
    return (_followed(database),) if database not in {"", ":memory:"} else ()


def _first(arguments: tuple[Any, ...]) -> Iterable[str]:
    """(path, dir_fd) or (path, mode, dir_fd): the entry itself changes, a link is not followed."""
    return (_entry(arguments[0], arguments[-1]),)


def _second(arguments: tuple[Any, ...]) -> Iterable[str]:
    """(source, target, ..., dir_fd)"""
    return (_entry(arguments[1], arguments[-1]),)


def _both(arguments: tuple[Any, ...]) -> Iterable[str]:
    """(source, target, source_dir_fd, target_dir_fd)"""
    return _entry(arguments[0], arguments[2]), _entry(arguments[1], arguments[3])


def _target(arguments: tuple[Any, ...]) -> Iterable[str]:
    """(path or descriptor, ...): the file behind it changes."""
    return (_followed(arguments[0]),) if not isinstance(arguments[0], int) else ()


def _followed(path: Any) -> str:
    return os.path.realpath(os.fsdecode(path))


def _entry(path: Any, folder: int) -> str:
    name = os.fsdecode(path)
    if folder >= 0 and not os.path.isabs(name):
        name = os.path.join(_path_of(folder), name)
    above, last = os.path.split(os.path.abspath(name))
    return os.path.join(os.path.realpath(above), last)


def _path_of(descriptor: int) -> str:
    if sys.platform == "darwin":
        import fcntl

        return os.fsdecode(fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
    return os.readlink(f"/proc/self/fd/{descriptor}")


_CHANGES: Final[dict[str, Callable[[tuple[Any, ...]], Iterable[str]]]] = {
    "open": _opened,
    "sqlite3.connect": _connected,
    "os.remove": _first,
    "os.mkdir": _first,
    "os.rmdir": _first,
    "os.rename": _both,
    "os.link": _second,
    "os.symlink": _second,
    "os.truncate": _target,
    "os.chmod": _target,
    "os.utime": _target,
}
