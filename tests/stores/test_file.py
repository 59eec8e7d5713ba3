"""A file is put back on its inode, and a file that was not there goes away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulator.errors import StoreError
from simulator.stores.file import FileStore


def test_contents_bits_and_time_come_back(tmp_path: Path) -> None:
    path = tmp_path / "prices.txt"
    path.write_text("10\n")
    path.chmod(0o640)
    before = path.stat()
    store = FileStore(path)
    state, digest = store.save(), store.digest()
    path.write_text("a much longer text")
    path.chmod(0o600)
    assert store.digest() != digest
    store.restore(state)
    assert path.read_text() == "10\n"
    after = path.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_ino) == (before.st_mode, before.st_mtime_ns, before.st_ino)
    assert store.digest() == digest


def test_a_descriptor_that_appends_goes_on_at_the_restored_end(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    store = FileStore(path)
    nothing = store.save()
    with path.open("a") as kept:
        print("one", file=kept, flush=True)
        one = store.save()
        print("two", file=kept, flush=True)
        store.restore(nothing)
        assert not path.exists()
        store.restore(one)
        print("three", file=kept, flush=True)
    assert path.read_text() == "one\nthree\n"
    store.close()
    assert os.listdir(tmp_path) == ["app.log"]


def test_folders_that_were_made_for_the_file_go_with_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "2030" / "01" / "n.json"
    store = FileStore(path)
    nothing = store.save()
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    state = store.save()
    store.restore(nothing)
    assert not (tmp_path / "data" / "2030").exists()
    store.restore(state)
    assert path.read_text() == "{}"
    store.restore(nothing)
    path.parent.mkdir(parents=True)
    (path.parent / "other").touch()
    store.restore(nothing)
    assert (path.parent / "other").exists()


def test_a_file_replaced_by_another_is_put_back(tmp_path: Path) -> None:
    """Programs that save by writing a new file and renaming it."""
    path = tmp_path / "n.json"
    path.write_text("1")
    store = FileStore(path)
    state = store.save()
    (tmp_path / "new").write_text("2")
    (tmp_path / "new").replace(path)
    store.restore(state)
    assert path.read_text() == "1"
    path.unlink()
    store.restore(state)
    assert path.read_text() == "1"


def test_an_empty_file_and_none_are_two_states(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "n")
    without = store.digest()
    (tmp_path / "n").touch()
    assert store.digest() != without


def test_a_folder_instead_of_a_file_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        FileStore(tmp_path, name="uploads").save()
    assert caught.value.what == "cannot reach the store uploads"
    assert caught.value.do
