"""What an application writes without saying so is noticed before it happens, and put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from simulator.launcher.preimage import Preimages
from simulator.stores.watch import WatchedFiles


class Project:
    """A project folder whose application code runs in processes of its own (a hook stays for good)."""

    def __init__(self, path: Path) -> None:
        self.root = path / "project"
        self.root.mkdir()
        self.records = path / "records"
        self.records.mkdir()
        self.watched = WatchedFiles(self.records)

    def run(self, *codes: Callable[[], object]) -> None:
        """Run each of `codes` in a worker, all at the same time."""
        children = [self._fork(code) for code in codes]
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)

    def _fork(self, code: Callable[[], object]) -> int:
        child = os.fork()
        if child:
            return child
        try:
            os.chdir(self.root)
            Preimages(folder=str(self.records), root=str(self.root)).install()
            code()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def tree(self) -> dict[str, object]:
        return {
            str(path.relative_to(self.root)): path.readlink()
            if path.is_symlink()
            else path.is_file() and path.read_bytes()
            for path in sorted(self.root.rglob("*"))
        }


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    (project.root / "prices.txt").write_text("10")
    (project.root / "data").mkdir()
    (project.root / "data" / "a.json").write_text("{}")
    (project.root / "current").symlink_to("prices.txt")
    yield project
    project.watched.close()


def write(path: str, text: str, mode: str = "w") -> None:
    with open(path, mode) as file:
        file.write(text)


def replace_file() -> None:
    write("prices.new", "20")
    os.replace("prices.new", "prices.txt")


def make_folders() -> None:
    os.makedirs("uploads/ann")
    write("uploads/ann/cat.png", "miaow")
    Path("uploads/readme").write_text("x")


def replace_link() -> None:
    os.remove("current")
    os.symlink("data/a.json", "current")


def through_descriptors() -> None:
    """`rmtree` and others name files relative to an open folder."""
    folder = os.open("data", os.O_RDONLY)
    os.rename("a.json", "b.json", src_dir_fd=folder, dst_dir_fd=folder)
    os.close(folder)
    shutil.rmtree("data")


def write_through_link() -> None:
    write("current", "30")


@pytest.mark.parametrize(
    "code",
    [
        lambda: write("prices.txt", "11"),
        lambda: write("prices.txt", "1", "a"),
        lambda: write("new.txt", "1"),
        lambda: write("data/b.json", "1", "x"),
        lambda: os.truncate("prices.txt", 1),
        lambda: os.chmod("prices.txt", 0o600),
        lambda: os.remove("prices.txt"),
        lambda: os.link("prices.txt", "copy.txt"),
        lambda: shutil.move("data/a.json", "moved.json"),
        lambda: shutil.copytree("data", "copy"),
        lambda: os.close(os.open("raw", os.O_RDWR | os.O_CREAT)),
        lambda: os.mkdir("empty"),
        replace_file,
        make_folders,
        replace_link,
        through_descriptors,
        write_through_link,
    ],
    ids=lambda code: code.__name__,
)
def test_every_way_of_changing_files_is_undone(project: Project, code: Callable[[], object]) -> None:
    before, digest = project.tree(), project.watched.digest()
    mode = (project.root / "prices.txt").stat().st_mode
    project.run(code)
    after, changed, state = project.tree(), project.watched.digest(), project.watched.save()
    assert changed != digest
    project.watched.restore_first()
    assert project.tree() == before
    assert (project.root / "prices.txt").stat().st_mode == mode
    assert project.watched.digest() == digest
    project.watched.restore(state)
    assert project.tree() == after
    assert project.watched.digest() == changed


def test_a_database_is_kept_with_its_log(project: Project) -> None:
    def add(number: int) -> Callable[[], None]:
        def code() -> None:
            with closing(sqlite3.connect("items.db", isolation_level=None)) as connection:
                connection.execute("pragma journal_mode=wal")
                connection.execute("create table if not exists item (n)")
                connection.execute("insert into item values (?)", (number,))

        return code

    def items() -> list[int]:
        with closing(sqlite3.connect(project.root / "items.db")) as connection:
            return [number for (number,) in connection.execute("select n from item order by n")]

    project.run(add(1))
    one, digest = project.watched.save(), project.watched.digest()
    project.run(add(2))
    assert items() == [1, 2]
    project.watched.restore(one)
    assert items() == [1]
    assert project.watched.digest() == digest
    project.watched.restore_first()
    assert not list(project.root.glob("items*"))


def test_a_state_saved_before_a_path_was_known_means_its_pre_image(project: Project) -> None:
    project.run(lambda: write("prices.txt", "11"))
    state, digest = project.watched.save(), project.watched.digest()
    project.run(lambda: write("data/a.json", "[]"))
    project.watched.restore(state)
    assert (project.root / "prices.txt").read_text() == "11"
    assert (project.root / "data" / "a.json").read_text() == "{}"
    assert project.watched.digest() == digest


def test_of_many_workers_at_once_one_leaves_the_pre_image(project: Project) -> None:
    (project.root / "big").write_bytes(bytes(1_000_000))
    project.run(*(lambda mark=mark: write("big", mark * 1_000_000, "r+") for mark in "abcdef"))
    project.watched.restore_first()
    assert (project.root / "big").read_bytes() == bytes(1_000_000)
    assert len(project.watched.paths) == 1


def test_only_files_of_the_project_that_nobody_declared_are_kept(project: Project, tmp_path: Path) -> None:
    project.watched = WatchedFiles(project.records, declared=[project.root / "data"])

    def code() -> None:
        write(str(tmp_path / "outside"), "x")
        write("data/a.json", "[]")
        os.mkdir("__pycache__")
        write("__pycache__/app.pyc", "")
        with sqlite3.connect(":memory:"), sqlite3.connect("file:x?mode=memory", uri=True):
            pass
        open("prices.txt").close()
        write("mine", "x")

    project.run(code)
    assert project.watched.paths == (project.root / "mine",)


def test_trouble_with_the_records_does_not_reach_the_application(project: Project) -> None:
    shutil.rmtree(project.records)
    project.run(lambda: write("prices.txt", "11"))
    assert (project.root / "prices.txt").read_text() == "11"


def test_what_cannot_be_kept_is_named(project: Project) -> None:
    os.mkfifo(project.root / "pipe")
    project.run(lambda: os.close(os.open("pipe", os.O_RDWR | os.O_NONBLOCK)))
    assert project.watched.unkept == (project.root / "pipe",)
    assert project.watched.paths == ()
