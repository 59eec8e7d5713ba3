"""Servers and programs that an application is connected to: named, and never part of an ok."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.checkers.finding import Verdict
from simulator.explore.run import run
from simulator.result import Result
from simulator.runner.plan import Plan
from simulator.story.story import Story

STORY = Story("data: shared items\nalice: GET /add/VALUE adds data\nalice: GET /view shows data")
APP = """
import socket
import subprocess
from flask import Flask
app = Flask(__name__)
held = []

CODE = '''
import sys
kept = []
for line in sys.stdin:
    kept += line.split()[1:]
    print(" ".join(sorted(set(kept))), flush=True)
'''

def server():
    return socket.create_connection(("127.0.0.1", PORT)).makefile("rw")

def program():
    child = subprocess.Popen(["python3", "-c", CODE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    held.append(child)
    return child.stdout, child.stdin

def ask(text):
    if not held:
        held.append(server())
    files = held[0] if isinstance(held[0], tuple) else (held[0], held[0])
    files[1].write(text + "\\n")
    files[1].flush()
    return files[0].readline()

@app.route("/add/<item>")
def add(item):
    return ask(f"add {item}")

@app.route("/view")
def view():
    return ask("view")
"""


class Keeper(socketserver.StreamRequestHandler):
    """Keeps the words of every line, and answers with all of them."""

    kept: set[str]

    def handle(self) -> None:
        for line in self.rfile:
            self.kept.update(line.decode().split()[1:])
            self.wfile.write(" ".join(sorted(self.kept)).encode() + b"\n")


@pytest.fixture
def port() -> Iterator[int]:
    handler = type("Handler", (Keeper,), {"kept": set()})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def told(tmp_path: Path, source: str, order: str | None = "2:aa") -> tuple[Result, list[str], list[str]]:
    """What a run says, its unknowns and why."""
    (tmp_path / "shop.py").write_text(source)
    result = run(Plan(target="shop.py", cwd=tmp_path, story=STORY, order=order))
    return result, [one.what for one in result.unknowns], [text for one in result.unknowns for text in one.why]


def test_a_server_is_named_with_the_line_that_connects(tmp_path: Path, port: int) -> None:
    result, whats, whys = told(tmp_path, APP.replace("PORT", str(port)))
    assert result.verdict is Verdict.UNKNOWN
    assert whats == ["the runs did not start equal, so an ok would say nothing"]
    assert whys == [
        f"the app is connected to 127.0.0.1:{port} (shop.py:17), which is not put back between runs",
    ]


def test_a_connection_that_was_opened_at_load_is_one_for_all_workers(tmp_path: Path, port: int) -> None:
    result, whats, whys = told(tmp_path, APP.replace("PORT", str(port)) + "held.append(server())\n")
    assert result.verdict is Verdict.UNKNOWN
    assert whats[0] == f"all workers use one connection to 127.0.0.1:{port}, so an ok would say nothing"
    assert whys[0] == f'shop.py:17   return socket.create_connection(("127.0.0.1", {port})).makefile("rw")  in server'


def test_a_connection_of_the_load_that_nobody_uses_is_not_held_against_it(tmp_path: Path, port: int) -> None:
    source = APP.replace("PORT", str(port)) + "unused = server()\n"
    _, whats, _ = told(tmp_path, source)
    assert whats == ["the runs did not start equal, so an ok would say nothing"]


def test_the_pipes_of_a_program_that_was_started_at_load_are_shared(tmp_path: Path) -> None:
    result, whats, whys = told(tmp_path, APP + "held.insert(0, program())\n")
    assert result.verdict is Verdict.UNKNOWN
    assert whats == ["all workers use one connection to python3, so an ok would say nothing"]
    assert whys[0].startswith("shop.py:20   child = subprocess.Popen(")


def test_what_a_program_of_each_worker_holds_is_no_secret_of_the_graph(tmp_path: Path) -> None:
    """Its data lie where nobody can look, so workers are known by their history."""
    result, _, _ = told(tmp_path, APP.replace("held.append(server())", "held.insert(0, program())"), order=None)
    assert {row.label: row.failed["lost-write"] for row in result.rows} == {
        "1 worker": 0,
        "1 worker, then a reload": 1,
        "2 workers": 1,
    }
    assert not result.notes
