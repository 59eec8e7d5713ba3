"""A PostgreSQL database as a store.

Rule: connections of the application live through a restore wherever they can. Rows and sequences are put
back in one transaction of our own (DELETE and COPY, which wait for nobody's open SELECT). Only when the
schema is another one, the database is replaced by a copy of a template, and its connections are ended.

Not kept: large objects, the contents of materialized views and of unlogged sequences, settings and rights of
the database itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from hashlib import blake2b
from types import ModuleType
from typing import TYPE_CHECKING, Any, LiteralString, cast

from simulator.errors import StoreError
from simulator.stores.store import State

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.sql import Composed

_USER_SCHEMAS: LiteralString = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
_TABLES: LiteralString = f"""
    select c.oid, n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and {_USER_SCHEMAS} order by n.nspname, c.relname"""
_REFERENCES: LiteralString = """
    select conrelid, confrelid from pg_constraint where contype = 'f' and conrelid <> confrelid"""
_SEQUENCES: LiteralString = f"""
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'S' and {_USER_SCHEMAS} order by n.nspname, c.relname"""
_OTHERS: LiteralString = """
    select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"""
_SCHEMA: LiteralString = f"""
    select n.nspname, c.relname, c.relkind::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid)
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    where {_USER_SCHEMAS} order by n.nspname, c.relname, a.attnum"""
_DEFINITIONS: LiteralString = f"""
    select 'constraint', conname, pg_get_constraintdef(c.oid) from pg_constraint c
        join pg_namespace n on n.oid = c.connamespace where {_USER_SCHEMAS}
    union all select 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index i
        join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace where {_USER_SCHEMAS}
    union all select 'trigger', tgname, pg_get_triggerdef(t.oid) from pg_trigger t where not tgisinternal
    union all select 'view', c.oid::regclass::text, pg_get_viewdef(c.oid) from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm') and {_USER_SCHEMAS}
    union all select 'function', p.oid::regprocedure::text, p.prosrc from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where {_USER_SCHEMAS}
    union all select 'type', t.oid::regtype::text, e.enumlabel from pg_type t join pg_enum e on e.enumtypid = t.oid
    union all select 'schema', nspname, '' from pg_namespace n where {_USER_SCHEMAS}
    order by 1, 2, 3"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """All rows (in COPY's text form, in the order in which a plain SELECT shows them) and sequences."""

    schema: bytes
    rows: dict[tuple[str, str], bytes]
    sequences: dict[tuple[str, str], tuple[int, bool]]


class PostgresStore:
    """The database that `address` names; the user must own its tables."""

    def __init__(self, address: str, *, name: str, wait_s: float = 5.0) -> None:
        """`wait_s` is how long to wait for the end of somebody's transaction."""
        self.name = name
        self._address = address
        self._wait_s = wait_s
        self._templates: dict[bytes, str] = {}
        with _reaching(name):
            self._connection = self._connect()
            self._database = self._connection.info.dbname

    def save(self) -> State:
        with _reaching(self.name):
            contents = self._read()
            self._keep_template(contents.schema)
            return State(contents)

    def restore(self, state: State) -> None:
        contents = cast(Contents, state)
        with _reaching(self.name):
            if self._schema() != contents.schema:
                self._replace_database(contents.schema)
            self._write(contents)

    def digest(self) -> bytes:
        with _reaching(self.name):
            contents = self._read()
        sealed = blake2b(contents.schema, digest_size=16)
        for table, rows in contents.rows.items():
            sealed.update(f"{table}{len(rows)}".encode() + rows)
        sealed.update(repr(contents.sequences).encode())
        return sealed.digest()

    def close(self) -> None:
        with _reaching(self.name):
            self._connection.close()
            if self._templates:
                with self._maintenance() as connection:
                    for template in self._templates.values():
                        connection.execute(_sql("drop database if exists {}", [template]))
        self._templates.clear()

    def _connect(self, **changes: str) -> Connection[Any]:
        connection: Connection[Any] = _psycopg().connect(
            self._address, autocommit=True, connect_timeout=10, application_name="workersim", **changes
        )
        connection.execute("select set_config('lock_timeout', %s, false)", (f"{int(self._wait_s * 1000)}ms",))
        connection.execute("set row_security = off")
        return connection

    @contextmanager
    def _maintenance(self) -> Iterator[Connection[Any]]:
        """A connection to the database of the server that is not ours."""
        other = "template1" if self._database == "postgres" else "postgres"
        with self._connect(dbname=other) as connection:
            yield connection

    def _schema(self) -> bytes:
        found = [self._connection.execute(query).fetchall() for query in (_SCHEMA, _DEFINITIONS)]
        return blake2b(repr(found).encode(), digest_size=16).digest()

    def _read(self) -> Contents:
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute("set transaction isolation level repeatable read, read only")
            tables = [(schema, table) for _, schema, table in cursor.execute(_TABLES).fetchall()]
            rows = {}
            for table in tables:
                with cursor.copy(_sql("copy {} to stdout", table)) as copy:
                    rows[table] = b"".join(bytes(part) for part in copy)
            sequences = {
                sequence: cursor.execute(_sql("select last_value, is_called from {}", sequence)).fetchone()
                for sequence in cursor.execute(_SEQUENCES).fetchall()
            }
            return Contents(
                schema=self._schema(),
                rows=rows,
                sequences=cast(dict[tuple[str, str], tuple[int, bool]], sequences),
            )

    def _write(self, contents: Contents) -> None:
        """Tables that hold what they should are not touched."""
        now = self._read()
        changed = [table for table in self._parents_first() if now.rows[table] != contents.rows[table]]
        with self._connection.transaction(), self._connection.cursor() as cursor:
            self._without_triggers()
            for table in reversed(changed):
                cursor.execute(_sql("delete from only {}", table))
            for table in changed:
                with cursor.copy(_sql("copy {} from stdin", table)) as copy:
                    copy.write(contents.rows[table])
            for sequence, (last, called) in contents.sequences.items():
                if now.sequences[sequence] != (last, called):
                    name = _sql("{}", sequence).as_string(self._connection)
                    cursor.execute("select setval(%s, %s, %s)", (name, last, called))

    def _without_triggers(self) -> None:
        """Neither triggers nor foreign keys act, if we may say so; the order of the tables serves otherwise."""
        from psycopg.errors import InsufficientPrivilege

        with suppress(InsufficientPrivilege), self._connection.transaction():
            self._connection.execute("set local session_replication_role = replica")

    def _parents_first(self) -> list[tuple[str, str]]:
        tables = {oid: (schema, table) for oid, schema, table in self._connection.execute(_TABLES).fetchall()}
        order: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(tables, ()))
        for child, parent in self._connection.execute(_REFERENCES).fetchall():
            order.add(child, parent)
        try:
            return [tables[oid] for oid in order.static_order() if oid in tables]
        except CycleError:
            return list(tables.values())

    def _keep_template(self, schema: bytes) -> None:
        """Impossible while others are connected. It is missed only if the schema changes and must come back."""
        from psycopg.errors import InsufficientPrivilege, ObjectInUse

        if schema in self._templates or self._connection.execute(_OTHERS).fetchone() != (0,):
            return
        template = f"workersim_{self._connection.info.backend_pid}_{schema.hex()[:12]}"
        self._connection.close()
        try:
            with suppress(ObjectInUse, InsufficientPrivilege), self._maintenance() as connection:
                connection.execute(_sql("create database {} template {}", [template], [self._database]))
                self._templates[schema] = template
        finally:
            self._connection = self._connect()

    def _replace_database(self, schema: bytes) -> None:
        template = self._templates.get(schema)
        if template is None:
            raise StoreError(
                f"the tables of {self.name} were changed and cannot be put back",
                why=["no template could be made: other programs were connected, or the user may not create databases"],
                do=["create the tables before the run", "close other programs", "alter role ... createdb"],
            )
        self._connection.close()
        try:
            with self._maintenance() as connection:
                self._swap_in(connection, template)
        finally:
            self._connection = self._connect()

    def _swap_in(self, connection: Connection[Any], template: str) -> None:
        """The old database goes only after the new one is whole."""
        fresh, old = f"{template}_new", f"{template}_old"
        connection.execute(_sql("create database {} template {}", [fresh], [template]))
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", (self._database,)
        )
        connection.execute(_sql("alter database {} rename to {}", [self._database], [old]))
        connection.execute(_sql("alter database {} rename to {}", [fresh], [self._database]))
        connection.execute(_sql("drop database {} with (force)", [old]))


def _sql(text: LiteralString, *names: Sequence[str]) -> Composed:
    """`text` with quoted names for its placeholders; a name of several parts is joined by dots."""
    from psycopg.sql import SQL, Identifier

    return SQL(text).format(*(Identifier(*name) for name in names))


def _psycopg() -> ModuleType:
    try:
        import psycopg
    except ImportError as error:
        raise StoreError(
            "the package psycopg is not installed", why=[str(error)], do=["pip install 'workersim[postgres]'"]
        ) from error
    return psycopg


@contextmanager
def _reaching(name: str) -> Iterator[None]:
    """Turn PostgreSQL's refusal into a StoreError."""
    error_type: type[Exception] = _psycopg().Error
    try:
        yield
    except error_type as error:
        raise StoreError(
            f"cannot reach the store {name}",
            why=str(error).splitlines(),
            do=["check that the server runs, that the address is right, and that no transaction is left open"],
        ) from error
