"""A framework's own development server, as people start it at home: one process, on a free port of this machine.

Rule: whatever happens to us or to it, the server and all that it started end (`launcher.leash`), and nothing waits
for it longer than a limit. It is found to be there by a connection, not by a request, which its pages would see.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from simulator.errors import AppCrashed, AppError, AppLoadTimedOut
from simulator.launcher import leash
from simulator.proxy.ports import free_port
from simulator.story.scenario import Server

_HOST = "127.0.0.1"
_LOOK_S = 0.01
_END_LIMIT_S = 5.0
_TRIES = 3
_SHOWN_LINES = 3
_SHOWN_BYTES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that takes connections. `last_words` are the last lines that it printed."""

    url: str
    log: IO[bytes]

    def last_words(self) -> tuple[str, ...]:
        return _last_lines(self.log)


@contextmanager
def development_server(
    server: Server, *, cwd: Path, env: Mapping[str, str] | None = None, limit_s: float = 10.0
) -> Iterator[Running]:
    """`server` in the folder `cwd`, from its first answer to the end of the block. `env` is laid over ours.

    Raises AppCrashed where it ends by itself, AppLoadTimedOut where it does not listen after `limit_s`.
    """
    with contextlib.ExitStack() as exits:
        log = exits.enter_context(TemporaryFile())
        for tries_left in reversed(range(_TRIES)):
            port = free_port(_HOST)
            process = exits.enter_context(_started(server, port, cwd=cwd, env=env or {}, log=log))
            try:
                _await(server, process, port, limit_s, log)
                break
            except AppError as error:  # somebody else took the port between our look and its start
                if not tries_left or not any("in use" in line for line in error.why):
                    raise
        yield Running(url=f"http://{_HOST}:{port}", log=log)


@contextmanager
def _started(
    server: Server, port: int, *, cwd: Path, env: Mapping[str, str], log: IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """The process that holds the server; its standard input is the leash."""
    program = [sys.executable, *(argument.format(port=port) for argument in server.arguments)]
    process = subprocess.Popen(
        [sys.executable, "-I", leash.__file__, *program],
        cwd=cwd,
        env={**os.environ, **env},
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()  # the server dies with it
            process.wait()


def _await(server: Server, process: subprocess.Popen[bytes], port: int, limit_s: float, log: IO[bytes]) -> None:
    """Wait until the server takes a connection. Raises AppCrashed and AppLoadTimedOut."""
    deadline_s = time.monotonic() + limit_s
    while time.monotonic() < deadline_s:
        if process.poll() is not None:
            raise AppCrashed(
                f"{server.name} ended before its first answer (exit code {process.returncode})",
                why=_last_lines(log),
            )
        with socket.socket() as probe:
            probe.settimeout(1.0)
            if probe.connect_ex((_HOST, port)) == 0:
                return
        time.sleep(_LOOK_S)
    raise AppLoadTimedOut(f"{server.name} did not listen on its port after {limit_s:g} s", why=_last_lines(log))


def _last_lines(log: IO[bytes]) -> tuple[str, ...]:
    size = os.fstat(log.fileno()).st_size
    text = os.pread(log.fileno(), _SHOWN_BYTES, max(0, size - _SHOWN_BYTES))  # leaves the place where they write
    lines = text.decode(errors="replace").splitlines()
    return tuple([line.rstrip() for line in lines if line.strip()][-_SHOWN_LINES:])
