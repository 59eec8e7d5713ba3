"""A Redis database is put back, expiring keys included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from redis import Redis

from simulator.errors import StoreError
from simulator.stores import open_store
from simulator.stores.redis import RedisStore


@pytest.fixture
def client(redis_address: str) -> Iterator[Redis]:
    client = Redis.from_url(redis_address)
    client.flushall()
    yield client
    client.close()


@pytest.fixture
def store(redis_address: str, client: Redis) -> Iterator[RedisStore]:
    store = RedisStore(redis_address, name="redis")
    yield store
    store.close()


def test_every_type_comes_back(client: Redis, store: RedisStore) -> None:
    client.set("n", 1)
    client.rpush("cart", "apple", "pear")
    client.hset("user", mapping={"name": "ann"})
    client.sadd("tags", *(f"tag {number}" for number in range(20)))
    client.hset("prices", mapping={f"item {number}": number for number in range(1000)})
    client.zadd("scores", {"ann": 3})
    client.xadd("events", {"kind": "login"}, id="1-1")
    state, digest = store.save(), store.digest()
    client.incr("n")
    client.delete("cart", "user")
    client.set("new", "x")
    assert store.digest() != digest
    store.restore(state)
    assert store.digest() == digest
    assert sorted(client.keys()) == [b"cart", b"events", b"n", b"prices", b"scores", b"tags", b"user"]
    assert client.get("n") == b"1"
    assert client.lrange("cart", 0, -1) == [b"apple", b"pear"]


def test_an_expiry_comes_back_and_does_not_move_the_digest(client: Redis, store: RedisStore) -> None:
    client.set("session", "ann", ex=1000)
    state, digest = store.save(), store.digest()
    client.expire("session", 500)
    assert store.digest() == digest
    client.persist("session")
    assert store.digest() != digest
    store.restore(state)
    assert 900 < int(client.ttl("session")) <= 1000
    assert store.digest() == digest


def test_many_keys(client: Redis, store: RedisStore) -> None:
    client.mset({f"key:{number}": number for number in range(3000)})
    state = store.save()
    client.flushdb()
    store.restore(state)
    assert client.dbsize() == 3000


def test_other_databases_of_the_server_are_left_alone(client: Redis, redis_address: str, store: RedisStore) -> None:
    other = Redis.from_url(f"{redis_address}?db=1")
    other.set("mine", 1)
    store.restore(store.save())
    assert other.get("mine") == b"1"
    other.close()


def test_no_server_is_a_store_error_without_the_secret(tmp_path: object) -> None:
    with pytest.raises(StoreError) as caught:
        open_store("redis://:s3cret@localhost:1/0", tmp_path)  # type: ignore[arg-type]
    assert caught.value.what == "cannot reach the store redis://:***@localhost:1/0"
    assert "s3cret" not in f"{caught.value.why}{caught.value.do}"
