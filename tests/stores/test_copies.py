"""Copies are removed; whatever only looks like one is not."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.stores.copies import is_copy, remove, temporary_copy


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, with other people's things."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_copy_is_gone_afterwards(place: Path) -> None:
    with temporary_copy() as copy:
        assert is_copy(copy)
    assert not copy.exists()


def test_a_copy_that_was_left_is_removed_with_what_is_in_it() -> None:
    with temporary_copy() as copy:
        (copy / "lesson").mkdir()
        (copy / "lesson" / "app.py").write_text("")
        remove(copy)
        assert not copy.exists()


def moved(copy: Path) -> Path:
    return Path(shutil.copytree(copy, copy.parent / "workersim-mine"))


def renamed(copy: Path) -> Path:
    return copy.rename(copy.parent / "mine")


def elsewhere(copy: Path) -> Path:
    (copy.parent / "site").mkdir()
    return copy.rename(copy.parent / "site" / copy.name)


def unmarked(copy: Path) -> Path:
    (copy / ".workersim-copy").unlink()
    return copy


def linked(copy: Path) -> Path:
    real = copy.rename(copy.parent / "real")
    copy.symlink_to(real)
    return copy


@pytest.mark.parametrize("change", [moved, renamed, elsewhere, unmarked, linked, lambda copy: copy.parent])
def test_what_only_looks_like_a_copy_stays(change: Callable[[Path], Path]) -> None:
    with temporary_copy() as copy:
        (copy / "app.py").write_text("mine")
        folder = change(copy)
        remove(folder)
        assert folder.is_dir()
        assert list(folder.rglob("app.py"))
