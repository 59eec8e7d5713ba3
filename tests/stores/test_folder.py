"""A folder is put back with everything below it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulator.stores.folder import FolderStore


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads"
    (folder / "ann").mkdir(parents=True)
    (folder / "ann" / "cat.png").write_bytes(b"\x89PNG")
    (folder / "readme").write_text("hello")
    (folder / "newest").symlink_to("ann/cat.png")
    return folder


def listing(folder: Path) -> dict[str, object]:
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes()
        for path in sorted(folder.rglob("*"))
    }


def test_every_kind_of_change_is_undone(uploads: Path) -> None:
    store = FolderStore(uploads)
    before, state, digest = listing(uploads), store.save(), store.digest()
    (uploads / "ann" / "cat.png").write_bytes(b"other")
    (uploads / "bob").mkdir()
    (uploads / "bob" / "dog.png").touch()
    (uploads / "readme").unlink()
    (uploads / "readme").mkdir()
    (uploads / "readme" / "inside").touch()
    (uploads / "newest").unlink()
    (uploads / "newest").symlink_to("bob/dog.png")
    assert store.digest() != digest
    store.restore(state)
    assert listing(uploads) == before
    assert store.digest() == digest


@pytest.mark.parametrize("change", ["content", "mode", "new file", "new folder", "link", "gone"])
def test_the_digest_sees(uploads: Path, change: str) -> None:
    store = FolderStore(uploads)
    before = store.digest()
    match change:
        case "content":
            (uploads / "readme").write_text("hellO")  # the same size, within the same instant
        case "mode":
            (uploads / "readme").chmod(0o600)
        case "new file":
            (uploads / "empty").touch()
        case "new folder":
            (uploads / "empty").mkdir()
        case "link":
            (uploads / "newest").unlink()
            (uploads / "newest").symlink_to("readme")
        case "gone":
            (uploads / "readme").unlink()
    assert store.digest() != before


def test_an_old_file_that_is_read_from_memory_is_still_right_after_a_change(uploads: Path) -> None:
    os.utime(uploads / "readme", (0, 0))
    store = FolderStore(uploads)
    state = store.save()
    (uploads / "readme").write_text("hellO")
    os.utime(uploads / "readme", (0, 0))
    assert store.save() != state
    store.restore(state)
    assert (uploads / "readme").read_text() == "hello"


def test_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "media")
    nothing, digest = store.save(), store.digest()
    (tmp_path / "media" / "x").mkdir(parents=True)
    state = store.save()
    assert store.digest() != digest
    store.restore(nothing)
    assert not (tmp_path / "media").exists()
    store.restore(state)
    assert (tmp_path / "media" / "x").is_dir()


def test_a_log_file_kept_open_inside_stays_connected(uploads: Path) -> None:
    store = FolderStore(uploads)
    with (uploads / "app.log").open("a") as kept:
        print("one", file=kept, flush=True)
        state = store.save()
        print("two", file=kept, flush=True)
        store.restore(state)
        print("three", file=kept, flush=True)
    assert (uploads / "app.log").read_text() == "one\nthree\n"
