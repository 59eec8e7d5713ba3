"""One numbered database of a Redis server as a store.

Rule: the digest says whether a key will expire, not when: the time left moves by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from simulator.errors import StoreError
from simulator.stores.store import State

if TYPE_CHECKING:
    from redis import Redis

Dump: TypeAlias = dict[bytes, tuple[bytes, int]]
"""By key: the value in the form of Redis' DUMP, and the milliseconds that it has left (0: no end)."""

_GONE = -2  # PTTL of a key that expired between the two commands


class RedisStore:
    """Every key of the database that `address` names."""

    def __init__(self, address: str, *, name: str) -> None:
        self.name = name
        with reaching(name):
            self._client = _client(address)
            self._client.ping()

    def save(self) -> State:
        with reaching(self.name):
            return State(self._dump())

    def restore(self, state: State) -> None:
        with reaching(self.name), self._client.pipeline(transaction=True) as commands:
            commands.flushdb()
            for key, (value, left_ms) in cast(Dump, state).items():
                commands.restore(key, left_ms, value)
            commands.execute()

    def digest(self) -> bytes:
        with reaching(self.name):
            keys = self._keys()
            kinds = self._ask("type", keys)
            values = self._ask("dump", keys) | self._members(kinds)
            times = self._ask("pttl", keys)
        sealed = blake2b(digest_size=16)
        for key in keys:
            sealed.update(repr((key, kinds[key], values[key], times[key] >= 0)).encode())
        return sealed.digest()

    def close(self) -> None:
        self._client.close()

    def _dump(self) -> Dump:
        keys = self._keys()
        values, times = self._ask("dump", keys), self._ask("pttl", keys)
        return {key: (values[key], max(times[key], 0)) for key in keys if values[key] and times[key] != _GONE}

    def _keys(self) -> list[bytes]:
        return sorted(set(self._client.scan_iter(count=1000)))

    def _members(self, kinds: dict[bytes, Any]) -> dict[bytes, Any]:
        """Of sets and hashes, whose DUMP shows the order in a table that RESTORE builds anew."""
        members = self._ask("smembers", [key for key, kind in kinds.items() if kind == b"set"])
        fields = self._ask("hgetall", [key for key, kind in kinds.items() if kind == b"hash"])
        return {key: sorted(value) for key, value in members.items()} | {
            key: sorted(value.items()) for key, value in fields.items()
        }

    def _ask(self, command: str, keys: list[bytes]) -> dict[bytes, Any]:
        with self._client.pipeline(transaction=False) as commands:
            for key in keys:
                getattr(commands, command)(key)
            return dict(zip(keys, commands.execute(), strict=True))


def _client(address: str) -> Redis:
    try:
        from redis import Redis
    except ImportError as error:
        raise StoreError(
            "the package redis is not installed", why=[str(error)], do=["pip install 'workersim[redis]'"]
        ) from error
    return Redis.from_url(address, decode_responses=False, socket_timeout=10)


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """Turn Redis' refusal into a StoreError."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise _unreachable(name, error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "redis":
            raise
        raise _unreachable(name, error) from error


def _unreachable(name: str, error: Exception) -> StoreError:
    return StoreError(
        f"cannot reach the store {name}",
        why=[str(error)],
        do=["check that the server runs and that host, port and password are right"],
    )
