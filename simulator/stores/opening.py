"""From what a person writes (`items.db`, `folder:uploads`, `redis://...`) to a store."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from simulator.errors import StoreError
from simulator.stores.file import FileStore
from simulator.stores.folder import FolderStore
from simulator.stores.sqlite import SqliteStore
from simulator.stores.store import Store

_SQLITE_ENDINGS = frozenset({".db", ".db3", ".sqlite", ".sqlite3"})
_SQLITE_MAGIC = b"SQLite format 3\0"
_ADDRESS = re.compile(r"(?P<scheme>[a-z]+)(?:\+[a-z0-9]+)?://")
_PORTS = {"postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379}
_FORMS = "items.db, sqlite:items.db, folder:uploads, file:prices.txt, postgresql://..., redis://..."


def open_store(spec: str, cwd: Path) -> Store:
    """The store that `spec` names; relative paths start at `cwd`. The store itself need not exist yet.

    Raises StoreError when `spec` is of no known form or a server cannot be reached.
    """
    kind, colon, rest = spec.partition(":")
    match kind if colon else "":
        case "sqlite":
            return _sqlite(rest, cwd)
        case "file":
            return FileStore(cwd / _named(rest, spec), name=rest)
        case "folder":
            return FolderStore(cwd / _named(rest, spec), name=f"{rest.rstrip('/')}/")
    address = _ADDRESS.match(spec)
    if address:
        return _server(spec, address)
    return _by_looks(_named(spec, spec), cwd)


def without_secrets(address: str) -> str:
    """`address` with its password masked."""
    shown = re.sub(r"(?<=://)([^/@:]*):[^/]*@", r"\1:***@", address)
    return re.sub(r"(?i)((?:password|passwd|secret|token)=)[^&]*", r"\1***", shown)


def is_at(spec: str, peer: str) -> bool:
    """Is `peer` (`127.0.0.1:6379`, or the path of a socket) the server that the store `spec` names?

    Hosts go by several names, so the port decides.
    """
    if not _ADDRESS.match(spec):
        return False
    parts = urlsplit(spec)
    if parts.scheme == "unix":
        return peer == parts.path
    port = parts.port or _PORTS.get(parts.scheme.partition("+")[0])
    return peer.endswith((f":{port}", f".{port}"))


def _sqlite(rest: str, cwd: Path) -> Store:
    """`rest` is a path, or `///path` as SQLAlchemy has it."""
    path = rest.removeprefix("//").removeprefix("/") if rest.startswith("//") else rest
    path = path.partition("?")[0]
    if path in ("", ":memory:"):
        raise StoreError(
            "a SQLite database in memory cannot be a store",
            why=["it belongs to one connection of one worker; nobody else can reach it"],
            do=["give the path of a database file, for example sqlite:items.db"],
        )
    return SqliteStore(cwd / path, name=path)


def _server(spec: str, address: re.Match[str]) -> Store:
    match address["scheme"]:
        case "postgresql" | "postgres":
            from simulator.stores.postgres import PostgresStore

            return PostgresStore(f"postgresql://{spec[address.end() :]}", name=without_secrets(spec))
        case "redis" | "rediss" | "unix":
            from simulator.stores.redis import RedisStore

            return RedisStore(spec, name=without_secrets(spec))
    raise StoreError(f"no store is known for {without_secrets(spec)}", do=[f"known forms: {_FORMS}"])


def _by_looks(spec: str, cwd: Path) -> Store:
    path = cwd / spec
    if path.is_dir() or spec.endswith("/"):
        return FolderStore(path, name=f"{spec.rstrip('/')}/")
    if path.suffix.lower() in _SQLITE_ENDINGS or _begins_with(path, _SQLITE_MAGIC):
        return SqliteStore(path, name=spec)
    return FileStore(path, name=spec)


def _begins_with(path: Path, magic: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(magic)) == magic
    except OSError:
        return False


def _named(path: str, spec: str) -> str:
    if not path.strip():
        raise StoreError(f"the store {spec!r} has no name", do=[f"known forms: {_FORMS}"])
    return path
