"""A SQLite database is put back under connections that stay open."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from simulator.errors import StoreError
from simulator.stores.sqlite import SqliteStore


@pytest.fixture(params=["delete", "wal", "truncate", "persist"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "items.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"pragma journal_mode={request.param}")
        connection.execute("create table item (n integer)")
        connection.execute("insert into item values (1)")
    return path


@pytest.fixture
def store(database: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(database)
    yield store
    store.close()


def put(connection: sqlite3.Connection, value: int) -> None:
    connection.execute("update item set n = ?", (value,))


def value(connection: sqlite3.Connection) -> int:
    return int(connection.execute("select n from item").fetchone()[0])


def opened(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None))


class InAnotherProcess:
    """A connection that another process keeps open, as a worker does."""

    def __init__(self, path: Path) -> None:
        fork = multiprocessing.get_context("fork")
        self._here, there = fork.Pipe()
        self._process = fork.Process(target=self._serve, args=(path, there))
        self._process.start()
        there.close()

    @staticmethod
    def _serve(path: Path, pipe: multiprocessing.connection.Connection) -> None:
        with opened(path) as connection:
            while (sql := pipe.recv()) is not None:
                pipe.send(connection.execute(sql).fetchall())

    def __call__(self, sql: str) -> list[tuple[object, ...]]:
        self._here.send(sql)
        return self._here.recv()  # type: ignore[no-any-return]

    def __enter__(self) -> InAnotherProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._here.send(None)
        self._process.join(10)
        assert self._process.exitcode == 0


def test_a_connection_kept_open_reads_the_restored_value(database: Path, store: SqliteStore) -> None:
    """The trap: without a new change counter SQLite would trust the pages that it holds."""
    with opened(database) as writer, opened(database) as kept:
        base = store.save()
        states = {}
        for number in (2, 3, 4):  # three branches: SQLite itself gives them one and the same change counter
            store.restore(base)
            put(writer, number)
            writer.execute("pragma wal_checkpoint(truncate)")
            states[number] = store.save()
        for number in (2, 3, 4, 2, 4, 4, 3):
            store.restore(states[number])
            assert value(kept) == number
        assert kept.execute("pragma integrity_check").fetchone() == ("ok",)


def test_processes_with_open_connections_read_and_write_on_after_a_restore(database: Path, store: SqliteStore) -> None:
    with InAnotherProcess(database) as first, InAnotherProcess(database) as second:
        first("update item set n = 10")
        assert second("select n from item") == [(10,)]
        at_ten = store.save()
        second("update item set n = 11")
        at_eleven = store.save()
        for state, number in ((at_ten, 10), (at_eleven, 11), (at_ten, 10)):
            store.restore(state)
            assert first("select n from item") == second("select n from item") == [(number,)]
            first("update item set n = n + 100")
            assert second("select n from item") == [(number + 100,)]
            second("update item set n = n + 1000")
            assert first("select n from item") == [(number + 1100,)]
        assert first("pragma integrity_check") == [("ok",)]


def test_the_digest_knows_contents_and_nothing_else(database: Path, store: SqliteStore) -> None:
    with opened(database) as connection:
        one, state = store.digest(), store.save()
        put(connection, 2)
        two = store.digest()
        store.restore(state)
        assert store.digest() == one != two
        put(connection, 2)
        assert store.digest() == two
        put(connection, 1)
        assert store.digest() == one


def test_the_digest_is_the_same_with_the_log_and_without(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "items.db")
    with opened(store.path) as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table item (n integer)")
        connection.execute("insert into item values (1)")
        assert (tmp_path / "items.db-wal").stat().st_size > 0
        digest = store.digest()
    assert not (tmp_path / "items.db-wal").exists()
    assert store.digest() == digest


def test_a_database_that_is_not_there_yet_goes_away_and_comes_back_on_the_same_inode(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "later" / "items.db")
    nothing, nothing_digest = store.save(), store.digest()
    store.path.parent.mkdir()
    with opened(store.path) as kept:
        kept.execute("create table item (n integer)")
        kept.execute("insert into item values (7)")
        inode, state = store.path.stat().st_ino, store.save()
        store.restore(nothing)
        assert not store.path.parent.exists()
        assert store.digest() == nothing_digest
        store.restore(state)
        assert store.path.stat().st_ino == inode
        put(kept, 8)
        with opened(store.path) as fresh:
            assert value(fresh) == value(kept) == 8
    store.close()
    assert os.listdir(tmp_path) == ["later"]
    assert os.listdir(tmp_path / "later") == ["items.db"]


def test_a_transaction_of_another_process_is_waited_for_and_then_reported(database: Path) -> None:
    store = SqliteStore(database, wait_s=0.05)
    state = store.save()
    with InAnotherProcess(database) as other:
        other("begin immediate")
        other("update item set n = 5")
        for call in (store.save, store.digest, lambda: store.restore(state)):
            with pytest.raises(StoreError, match="in the middle of a transaction"):
                call()
        other("rollback")
        assert store.save()


def test_a_transaction_cut_by_a_crash_is_rolled_back_after_a_restore_too(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "items.db")
    with opened(store.path) as connection:
        connection.execute("create table item (n integer, filler blob)")
        connection.execute("insert into item values (1, zeroblob(100000))")
    child = os.fork()
    if child == 0:
        connection = sqlite3.connect(store.path, isolation_level=None)
        connection.execute("pragma cache_size=2")
        connection.execute("begin immediate")
        connection.execute("update item set n = 2, filler = randomblob(100000)")
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    crashed = store.save()
    with opened(store.path) as connection:
        assert value(connection) == 1
    assert not Path(f"{store.path}-journal").exists()
    store.restore(crashed)
    assert Path(f"{store.path}-journal").exists()
    with opened(store.path) as connection:
        assert value(connection) == 1
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


def test_a_path_that_is_no_file_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot reach the store"):
        SqliteStore(tmp_path).save()
