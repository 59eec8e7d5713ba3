"""A PostgreSQL database is put back under connections that stay open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from simulator.errors import StoreError
from simulator.stores import open_store
from simulator.stores.postgres import PostgresStore

Connection = psycopg.Connection[Any]


@pytest.fixture
def address(postgres_address: str) -> Iterator[str]:
    """A fresh database called shop."""
    with psycopg.connect(postgres_address, autocommit=True) as server:
        server.execute("create database shop")
        yield postgres_address.replace("/postgres?", "/shop?")
        server.execute("drop database shop with (force)")
        left = server.execute("select datname from pg_database where datname like 'workersim%'").fetchall()
    assert left == []


@pytest.fixture
def shop(address: str) -> Iterator[Connection]:
    """The connection that an application keeps open."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("create table owner (id serial primary key, name text unique)")
        connection.execute(
            "create table item (id int generated always as identity primary key, owner int not null references owner,"
            " name text, size int, twice int generated always as (size * 2) stored)"
        )
        connection.execute("insert into owner (name) values ('ann'), ('bob')")
        connection.execute("insert into item (owner, name, size) values (1, E'a\\tb', 5)")
        yield connection


@pytest.fixture
def store(address: str) -> Iterator[PostgresStore]:
    store = PostgresStore(address, name="shop")
    yield store
    store.close()


def test_rows_and_sequences_come_back_and_the_connection_lives(shop: Connection, store: PostgresStore) -> None:
    state, digest = store.save(), store.digest()
    shop.execute("delete from item")
    shop.execute("update owner set name = 'carol' where id = 1")
    shop.execute("insert into owner (name) values ('dan')")
    assert store.digest() != digest
    store.restore(state)
    assert store.digest() == digest
    assert shop.execute("select id, owner, name, twice from item").fetchall() == [(1, 1, "a\tb", 10)]
    assert shop.execute("select name from owner").fetchall() == [("ann",), ("bob",)]
    assert shop.execute("insert into owner (name) values ('eve') returning id").fetchone() == (3,)


def test_a_connection_that_has_read_and_not_committed_is_in_nobodys_way(
    address: str, shop: Connection, store: PostgresStore
) -> None:
    state = store.save()
    with psycopg.connect(address) as idle:  # its transaction begins with the first SELECT
        idle.execute("select * from item")
        shop.execute("delete from item")
        store.restore(state)
        idle.rollback()
        assert idle.execute("select count(*) from item").fetchone() == (1,)


def test_a_transaction_that_holds_rows_is_waited_for_and_then_reported(address: str, shop: Connection) -> None:
    store = PostgresStore(address, name="shop", wait_s=0.1)
    state = store.save()
    shop.execute("insert into item (owner, name, size) values (2, 'c', 7)")
    with psycopg.connect(address) as other:
        other.execute("update item set size = 9")
        with pytest.raises(StoreError) as caught:
            store.restore(state)
        other.rollback()
    assert caught.value.why
    store.restore(state)
    store.close()


def test_tables_made_later_go_away(address: str, store: PostgresStore) -> None:
    """As with an application that creates its tables at the first request."""
    empty, digest = store.save(), store.digest()
    with psycopg.connect(address, autocommit=True) as shop:
        shop.execute("create table item (id int)")
        shop.execute("insert into item values (1)")
    filled = store.save()
    with psycopg.connect(address, autocommit=True):
        store.restore(empty)
    assert store.digest() == digest
    with psycopg.connect(address) as shop, pytest.raises(psycopg.errors.UndefinedTable):
        shop.execute("select * from item")
    store.restore(filled)
    with psycopg.connect(address) as shop:
        assert shop.execute("select id from item").fetchall() == [(1,)]


def test_a_schema_that_cannot_be_put_back_is_said(shop: Connection, store: PostgresStore) -> None:
    state = store.save()  # the application is connected: there can be no template
    shop.execute("drop table item")
    with pytest.raises(StoreError, match="the tables of shop were changed and cannot be put back") as caught:
        store.restore(state)
    assert caught.value.do


def test_a_user_without_rights_over_the_server(address: str, shop: Connection) -> None:
    shop.execute("create role plain login")
    shop.execute("alter table item owner to plain")
    shop.execute("alter table owner owner to plain")
    try:
        store = PostgresStore(address.replace("ann@", "plain@"), name="shop")
        state = store.save()
        shop.execute("delete from item")
        shop.execute("delete from owner")
        store.restore(state)
        assert shop.execute("select count(*) from item").fetchone() == (1,)
        store.close()
    finally:
        shop.execute(SQL("reassign owned by plain to {}").format(Identifier("ann")))
        shop.execute("drop role plain")


def test_no_server_is_a_store_error_without_the_secret(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store("postgres://ann:s3cret@localhost:1/shop", tmp_path)
    assert caught.value.what == "cannot reach the store postgres://ann:***@localhost:1/shop"
    assert "s3cret" not in f"{caught.value.why}{caught.value.do}"
