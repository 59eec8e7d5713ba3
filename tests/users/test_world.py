"""The world: files and tables outside the workers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import StoryError
from simulator.events import Effect
from simulator.story.declare import register
from simulator.users.actor import Actor
from simulator.users.pending import PendingChange, PendingLifecycle
from simulator.users.world import Operator, World

PRICE = register("price", shared=True)


def change(program: Callable[[World], object], folder: Path) -> tuple[Actor, PendingChange]:
    actor = Actor("world", lambda: program(World(folder, waits=lambda seconds: None)))
    pending = actor.advance()
    assert isinstance(pending, PendingChange)
    return actor, pending


def test_a_file_is_replaced_when_the_turn_comes_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "price.txt").write_text("a much longer old price")
    actor, pending = change(lambda world: world.write("price.txt", "new", writes=PRICE["new"]), tmp_path)
    assert pending.effects == (Effect(kind="write", key="price", value="new"),)
    assert (tmp_path / "price.txt").read_text() == "a much longer old price"
    pending.act()
    actor.go_on()
    assert (tmp_path / "price.txt").read_text() == "new"
    assert actor.advance() is None


def test_a_statement_is_run_and_committed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        database.execute("CREATE TABLE price (value TEXT)")
    _, pending = change(lambda world: world.sql("shop.db", "INSERT INTO price VALUES ('7')"), tmp_path)
    pending.act()
    with closing(sqlite3.connect(tmp_path / "shop.db")) as database:
        assert database.execute("SELECT value FROM price").fetchall() == [("7",)]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda world: world.write("no/such/folder.txt", "x"), "cannot write no/such/folder.txt"),
        (lambda world: world.sql("none.db", "SELECT 1"), "finds no database none.db"),
        (lambda world: world.sql("bad.db", "INSERT INTO nowhere VALUES (1)"), "cannot change bad.db"),
    ],
)
def test_what_the_world_cannot_do_is_said(tmp_path: Path, program: Any, message: str) -> None:
    (tmp_path / "bad.db").touch()
    _, pending = change(program, tmp_path)
    with pytest.raises(StoryError, match=message):
        pending.act()


def test_waiting_is_left_to_the_clock(tmp_path: Path) -> None:
    waited: list[float] = []
    actor = Actor("world", lambda: World(tmp_path, waits=waited.append).wait(2.5))
    pending = actor.advance()
    assert isinstance(pending, PendingChange)
    assert (pending.what, waited) == ("wait 2.5s", [])
    pending.act()
    assert waited == [2.5]


def test_the_operator_asks_and_goes_on() -> None:
    def program(operator: Operator) -> None:
        operator.kill(2)
        operator.recycle(2)
        operator.reload()

    actor = Actor("operator", lambda: program(Operator()))
    asked: list[tuple[str, int | None]] = []
    while isinstance(pending := actor.advance(), PendingLifecycle):
        asked.append((pending.action, pending.worker))
        actor.go_on()
    assert asked == [("kill", 2), ("recycle", 2), ("reload", None)]
