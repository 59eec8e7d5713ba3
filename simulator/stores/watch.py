"""Files that the application writes without saying so, as one store.

The processes of the application leave the pre-image of each path in a folder, just before they change it for the
first time (`launcher.preimage`, where the form of a record is described). Rule: until then nobody of the run had
changed that path, so its pre-image is what it held in every state saved earlier.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

from simulator.stores import slot, sqlite
from simulator.stores.file import reaching
from simulator.stores.folder import Folder, Link
from simulator.stores.slot import Image, Nothing, Slot
from simulator.stores.sqlite import SqliteStore
from simulator.stores.store import State

Part: TypeAlias = Image | Nothing | Folder | Link
_LOG_SUFFIXES = ("", "-journal", "-wal")


class _Place(Protocol):
    def save(self) -> State: ...
    def restore(self, state: State) -> None: ...
    def digest(self) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched:
    place: _Place
    preimage: State
    digest: bytes


class WatchedFiles:
    """Every path that was seen so far, and more as they are seen."""

    name = "files that the application writes"

    def __init__(self, folder: Path, *, declared: Collection[Path] = ()) -> None:
        """`folder` holds the records; paths at or below those `declared` belong to other stores."""
        self._folder = folder
        self._declared = tuple(path.resolve() for path in declared)
        self._read: set[str] = set()
        self._watched: dict[Path, _Watched] = {}
        self._unkept: set[Path] = set()

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths that are put back."""
        self._look()
        return tuple(sorted(self._watched))

    @property
    def unkept(self) -> tuple[Path, ...]:
        """Paths that are not put back: too large to copy, or no regular files."""
        self._look()
        return tuple(sorted(self._unkept))

    def save(self) -> State:
        with reaching(self.name):
            self._look()
            return State({path: watched.place.save() for path, watched in self._watched.items()})

    def restore(self, state: State) -> None:
        """Paths that are not in `state` get their pre-images."""
        saved = cast(Mapping[Path, State], state)
        with reaching(self.name):
            self._look()
            for path, watched in self._away_before_there(saved):
                watched.place.restore(saved.get(path, watched.preimage))

    def restore_first(self) -> None:
        """Everything as it was before the application changed anything."""
        self.restore(State({}))

    def digest(self) -> bytes:
        """Paths that hold their pre-image do not count: they may be unknown in an equal world."""
        with reaching(self.name):
            self._look()
            sealed = blake2b(digest_size=16)
            for path, watched in sorted(self._watched.items()):
                if (now := watched.place.digest()) != watched.digest:
                    sealed.update(os.fsencode(path) + b"\0" + now)
        return sealed.digest()

    def close(self) -> None:
        for watched in self._watched.values():
            watched.place.close()

    def _away_before_there(self, saved: Mapping[Path, State]) -> Iterable[tuple[Path, _Watched]]:
        """What must go, from the inside out; then what must be there, from the outside in."""
        there = [(path, w) for path, w in sorted(self._watched.items()) if _is_there(saved.get(path, w.preimage))]
        away = [item for item in sorted(self._watched.items(), reverse=True) if item not in there]
        return [*away, *there]

    def _look(self) -> None:
        with os.scandir(self._folder) as entries:
            new = {entry.name for entry in entries if "." not in entry.name} - self._read
        self._read |= new
        records = [_record(self._folder / name) for name in new]
        for head, contents in sorted(records, key=lambda record: record[0]["what"] == "database"):
            path = Path(head["path"])
            if not any(path.is_relative_to(declared) for declared in self._declared):
                self._watch(path, head, contents)

    def _watch(self, path: Path, head: dict[str, Any], contents: list[bytes]) -> None:
        if any(part["kind"] == "unkept" for part in head["parts"]):
            self._unkept.add(path)
            return
        parts = [_part(part, content) for part, content in zip(head["parts"], contents, strict=True)]
        known = self._watched.get(path)
        if head["what"] == "file":
            if known is None:
                place, preimage = _EntryPlace(path, aside=self._folder), State(parts[0])
                self._watched[path] = _Watched(place=place, preimage=preimage, digest=_digest_of(preimage))
            return
        if known is not None:  # it was first written to as a plain file
            parts[0] = cast(Part, known.preimage)
        preimage = State(dict(zip(_LOG_SUFFIXES, parts, strict=True)))
        database = SqliteStore(path, aside=self._folder)
        self._watched[path] = _Watched(place=database, preimage=preimage, digest=sqlite.digest_of(preimage))


class _EntryPlace:
    """One entry of a folder, whatever it is."""

    def __init__(self, path: Path, *, aside: Path) -> None:
        self._path = path
        self._slot = Slot(path, aside=aside)

    def save(self) -> State:
        with suppress(FileNotFoundError, NotADirectoryError):
            status = self._path.lstat()
            if stat.S_ISDIR(status.st_mode):
                return State(Folder(mode=stat.S_IMODE(status.st_mode)))
            if stat.S_ISLNK(status.st_mode):
                return State(Link(target=os.readlink(self._path)))
        return State(self._slot.read())

    def restore(self, state: State) -> None:
        then = cast(Part, state)
        self._clear(unless=type(then))
        match then:
            case Folder(mode=mode):
                self._path.mkdir(parents=True, exist_ok=True)
                self._path.chmod(mode)
            case Link(target=target):
                self._path.unlink(missing_ok=True)
                self._path.symlink_to(target)
            case Image() | Nothing():
                self._slot.write(then)

    def digest(self) -> bytes:
        return _digest_of(self.save())

    def close(self) -> None:
        self._slot.close()

    def _clear(self, *, unless: type[Part]) -> None:
        now = cast(Part, self.save())
        if isinstance(now, unless):
            return
        match now:
            case Folder():
                with suppress(OSError):  # somebody else's files are in it
                    self._path.rmdir()
            case Link():
                self._path.unlink()


def _digest_of(state: State) -> bytes:
    match cast(Part, state):
        case Folder() | Link() as entry:
            return blake2b(repr(entry).encode(), digest_size=16).digest()
        case Image() | Nothing() as image:
            return slot.digest_of(image)


def _record(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    line, _, rest = path.read_bytes().partition(b"\n")
    head: dict[str, Any] = json.loads(line)
    contents = []
    for part in head["parts"]:
        size = part.get("size", 0)
        contents.append(rest[:size])
        rest = rest[size:]
    return head, contents


def _part(part: dict[str, Any], content: bytes) -> Part:
    match part["kind"]:
        case "file":
            return Image(content=content, mode=part["mode"], mtime_ns=part["mtime_ns"])
        case "folder":
            return Folder(mode=part["mode"])
        case "link":
            return Link(target=part["target"])
    return Nothing(folder=Path(part["folder"]) if part["folder"] else None)


def _is_there(state: State) -> bool:
    part = cast(Any, state)
    return not isinstance(part[""] if isinstance(part, dict) else part, Nothing)
