"""Temporary copies: folders that are made for one run, and removed after it.

Rule: nothing is ever removed but a folder that says of itself that it is such a copy: by its name, by its place in the
folder for temporary files, and by a mark inside that names that very place.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Final

_PREFIX: Final = "workersim-"
_MARK: Final = ".workersim-copy"


@contextmanager
def temporary_copy() -> Iterator[Path]:
    """An empty folder with our mark; gone afterwards."""
    with TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as temporary:
        folder = Path(temporary).resolve()
        (folder / _MARK).write_text(str(folder), encoding="utf-8")
        yield folder


def remove(folder: Path) -> None:
    """Remove the copy that a killed run has left; nothing is done to a folder that is none."""
    if is_copy(folder):
        shutil.rmtree(folder, ignore_errors=True)


def is_copy(folder: Path) -> bool:
    """Was it made by `temporary_copy`, and is it still where it was made?"""
    if folder.parent != Path(gettempdir()).resolve() or not folder.name.startswith(_PREFIX) or folder.is_symlink():
        return False
    try:
        return (folder / _MARK).read_text(encoding="utf-8") == str(folder)
    except (OSError, UnicodeDecodeError):
        return False
