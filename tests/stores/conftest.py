"""Servers of their own for the stores: nothing that is installed runs, nothing that runs is touched."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from glob import glob
from pathlib import Path

import pytest


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], limit_s: float = 20.0) -> None:
    until = time.monotonic() + limit_s
    while not ready():
        assert process.poll() is None, "the server went away"
        assert time.monotonic() < until, "the server did not get ready"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def redis_address() -> Iterator[str]:
    """A Redis server on a socket of its own."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server on this machine")
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "redis.sock"
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no", "--dir", folder]
        with subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL) as process:
            try:
                wait_until(socket.exists, process)
                yield f"unix://{socket}"
            finally:
                process.terminate()


@pytest.fixture(scope="session")
def postgres_address() -> Iterator[str]:
    """A PostgreSQL server on a socket of its own, for the superuser `ann`; its databases are empty."""
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server (initdb, postgres) on this machine")
    with tempfile.TemporaryDirectory() as folder:
        user = _server_user()
        os.chown(folder, user, -1)
        data = Path(folder) / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "ann", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
            check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder,
        )  # fmt: skip
        options = [
            "-D",
            data,
            "-k",
            folder,
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "logging_collector=off",
        ]
        with subprocess.Popen(
            [binaries / "postgres", *options], stderr=subprocess.DEVNULL, user=user, cwd=folder
        ) as server:
            try:
                wait_until(lambda: _accepts(binaries, folder), server)
                yield f"postgresql://ann@/postgres?host={folder}"
            finally:
                server.send_signal(2)  # fast shutdown: open connections are cut


def _accepts(binaries: Path, folder: str) -> bool:
    return subprocess.run([binaries / "pg_isready", "-q", "-h", folder], check=False).returncode == 0


def _postgres_binaries() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = sorted(glob("/usr/lib/postgresql/*/bin/initdb"))
    return Path(found[-1]).parent if found else None


def _server_user() -> int:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return os.getuid()
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise AssertionError("neither of the users postgres and nobody exists")
