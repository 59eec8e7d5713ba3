"""What a person writes becomes the store that he means."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from simulator.errors import StoreError
from simulator.stores import open_store
from simulator.stores.file import FileStore
from simulator.stores.folder import FolderStore
from simulator.stores.opening import is_at, without_secrets
from simulator.stores.sqlite import SqliteStore


@pytest.mark.parametrize(
    ("spec", "kind", "path", "name"),
    [
        ("items.db", SqliteStore, "items.db", "items.db"),
        ("data/shop.SQLITE3", SqliteStore, "data/shop.SQLITE3", "data/shop.SQLITE3"),
        ("sqlite:items", SqliteStore, "items", "items"),
        ("sqlite:///items.db?timeout=5", SqliteStore, "items.db", "items.db"),
        ("sqlite:////srv/items.db", SqliteStore, "/srv/items.db", "/srv/items.db"),
        ("file:prices.txt", FileStore, "prices.txt", "prices.txt"),
        ("prices.txt", FileStore, "prices.txt", "prices.txt"),
        ("folder:uploads", FolderStore, "uploads", "uploads/"),
        ("uploads/", FolderStore, "uploads", "uploads/"),
        ("media", FolderStore, "media", "media/"),
        ("db", SqliteStore, "db", "db"),
    ],
)
def test_forms(tmp_path: Path, spec: str, kind: type, path: str, name: str) -> None:
    (tmp_path / "media").mkdir()
    with closing(sqlite3.connect(tmp_path / "db")) as connection:
        connection.execute("create table item (n)")
    store = open_store(spec, tmp_path)
    assert type(store) is kind
    assert isinstance(store, SqliteStore | FileStore | FolderStore)
    assert store.path == tmp_path / path
    assert store.name == name


@pytest.mark.parametrize(
    "spec", ["", "file:", "folder: ", "sqlite::memory:", "sqlite:", "sqlite://", "mysql://u:pw@h/d"]
)
def test_what_cannot_be_a_store_is_said_with_what_to_do(tmp_path: Path, spec: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(spec, tmp_path)
    assert caught.value.do
    assert "pw" not in caught.value.what


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://ann:s3cret@db.example/shop", "postgresql://ann:***@db.example/shop"),
        ("postgresql://ann@db.example/shop", "postgresql://ann@db.example/shop"),
        ("postgresql://db/shop?user=ann&password=s3cret&a=1", "postgresql://db/shop?user=ann&password=***&a=1"),
        ("redis://:s3c@ret@localhost:6379/0", "redis://:***@localhost:6379/0"),
    ],
)
def test_secrets_are_masked(address: str, shown: str) -> None:
    assert without_secrets(address) == shown


@pytest.mark.parametrize(
    ("spec", "peer", "is_there"),
    [
        ("redis://localhost/0", "127.0.0.1:6379", True),
        ("redis://localhost:7000/0", "127.0.0.1:6379", False),
        ("unix:///run/redis.sock?db=1", "/run/redis.sock", True),
        ("postgresql://ann@/shop?host=/run/postgresql", "/run/postgresql/.s.PGSQL.5432", True),
        ("postgresql+psycopg://ann:pw@db:6000/shop", "10.0.0.7:6000", True),
        ("items.db", "127.0.0.1:6379", False),
    ],
)
def test_a_connection_to_the_server_of_a_store_is_known(spec: str, peer: str, is_there: bool) -> None:
    assert is_at(spec, peer) is is_there
