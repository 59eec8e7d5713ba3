"""A real application on real forked workers, seen from the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.launcher import Launcher
from simulator.story.schedule import LoadMode
from simulator.wire import Decoder, Message, encode

APPS = Path(__file__).parents[1] / "apps"


def ask(launcher: Launcher, worker: int, path: str) -> list[Message]:
    sock = launcher.workers[worker].sock
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    sock.sendall(encode([{"type": "workersim.request", "scope": scope}, {"type": "http.request", "body": b""}]))
    sock.settimeout(10)
    decoder, answer = Decoder(), list[Message]()
    while not (answer and answer[-1]["type"] == "workersim.done"):
        answer += [message for frame in decoder.feed(sock.recv(65536)) for message in frame]
    return answer


@pytest.mark.parametrize("mode", LoadMode)
def test_each_worker_has_its_own_copy_of_a_list(mode: LoadMode) -> None:
    with Launcher(target="flask_app.py", cwd=APPS) as launcher:
        assert launcher.load().title == 'Flask app "app"'
        launcher.fork(2, mode)
        assert ask(launcher, 1, "/add/x")[1]["body"] == b'["x"]\n'
        assert ask(launcher, 2, "/view")[1]["body"] == b"[]\n"
        assert ask(launcher, 1, "/view")[1]["body"] == b'["x"]\n'
