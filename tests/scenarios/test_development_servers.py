"""The frameworks' own development servers, started as the lesson says, and asked over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import psutil
import pytest

from simulator.runner import catalogue

SCENARIO, FOLDER = catalogue.find("why-not-locally")


@contextmanager
def served(variant, place):
    """The address of the server, once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [argument.format(port=port) for argument in variant.server]
    with (place / "server.log").open("w") as log:
        server = subprocess.Popen([sys.executable, *arguments], cwd=place, stdout=log, stderr=log, env={**os.environ})
    try:
        wait_for(port, server, place / "server.log")
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.kill()
        server.wait()


def wait_for(port, server, log):
    for _ in range(300):
        if server.poll() is not None:
            raise AssertionError(log.read_text())
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"no answer after 15 s: {log.read_text()}")


@pytest.mark.parametrize("variant", SCENARIO.variants, ids=lambda variant: variant.framework)
def test_at_home_there_is_one_process_and_everybody_is_in_the_book(variant):
    with catalogue.workspace(SCENARIO, FOLDER, variant) as place, served(variant, place) as (address, pid):
        for name in ("alice", "bob"):
            assert httpx.get(f"{address}/sign/{name}").status_code == 200
        for _ in range(3):
            book = httpx.get(f"{address}/book").text
            assert "alice" in book
            assert "bob" in book
        assert psutil.Process(pid).children(recursive=True) == []
