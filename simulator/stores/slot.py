"""One path on the disk: what is there, and putting it back without changing the inode.

Rule: a descriptor that some worker holds on the path stays valid over any sequence of restores. So contents
are overwritten in place, and a file that must not be there for a while is moved aside instead of removed:
when a later state needs it again, the same inode comes back.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A regular file as it was: contents, permission bits, time of the last change."""

    content: bytes
    mode: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """There was no file. `folder` is the topmost folder on its way that was missing too."""

    folder: Path | None


class Slot:
    """The place where a file is, or may come to be."""

    def __init__(self, path: Path, *, aside: Path | None = None) -> None:
        """Files are moved to the folder `aside`, or else to the nearest one that there is."""
        self.path = path
        folder = aside or next(folder for folder in path.parents if folder.is_dir())
        mark = blake2b(os.fsencode(path), digest_size=6).hexdigest()
        self._aside = folder / f".{path.name}.{mark}.workersim"

    def read(self) -> Image | Nothing:
        """Raises OSError when there is something that cannot be read as a file."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return Nothing(folder=_topmost_missing(self.path))
        with open(descriptor, "rb", buffering=0) as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(f"{self.path} is not a regular file")
            return Image(content=file.readall(), mode=stat.S_IMODE(status.st_mode), mtime_ns=status.st_mtime_ns)

    def write(self, image: Image | Nothing) -> None:
        """Raises OSError."""
        if isinstance(image, Nothing):
            self._take_away(image)
        else:
            self._fill(image)

    def close(self) -> None:
        """Remove what was moved aside."""
        with suppress(FileNotFoundError):
            self._aside.unlink()

    def _take_away(self, image: Nothing) -> None:
        try:
            self.path.replace(self._aside)
        except OSError:  # it is on another file system, or not there
            self.path.unlink(missing_ok=True)
        if image.folder is None:
            return
        for folder in self.path.parents:
            with suppress(OSError):
                folder.rmdir()
            if folder == image.folder:
                return

    def _fill(self, image: Image) -> None:
        if not self.path.exists():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):
                self._aside.replace(self.path)
        overwrite(self.path, image)


def overwrite(path: Path, image: Image) -> None:
    """Give the file at `path`, new or there already, the contents of `image` on the inode it has.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, image.mode)
    try:
        written = 0
        while written < len(image.content):
            written += os.pwrite(descriptor, memoryview(image.content)[written:], written)
        os.ftruncate(descriptor, len(image.content))
        os.fchmod(descriptor, image.mode)
        os.utime(descriptor, ns=(image.mtime_ns, image.mtime_ns))
    finally:
        os.close(descriptor)


def digest_of(image: Image | Nothing) -> bytes:
    """16 bytes; the time of the last change does not count."""
    if isinstance(image, Nothing):
        return bytes(16)
    return blake2b(image.content, digest_size=16, salt=image.mode.to_bytes(2)).digest()


def _topmost_missing(path: Path) -> Path | None:
    missing = None
    for folder in path.parents:
        if folder.is_dir():
            break
        missing = folder
    return missing
