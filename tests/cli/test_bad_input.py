"""Apps and answers that go wrong, through the real command: what it says, its exit code, and what it leaves behind.

Every command here runs in a process of its own. All processes that it starts carry a mark in their environment, so
that those that it leaves can be counted; temporary files go to a folder of their own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from simulator.events import Event, RequestFailed, RequestSent, ResponseReceived, RunEnded, RunStarted
from simulator.history.record import Record, read

PROGRAM = (sys.executable, "-c", "import sys; from simulator.commands import script; sys.exit(script())")
PATHS = ("--write", "/add/VALUE", "--read", "/view")
LIMIT_S = 60
MARK = "BAD_INPUT_TEST"

GOOD = """
import os, signal, time
from flask import Flask, Response, request
app = Flask(__name__)
the_list = []
@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return "added"
@app.route("/view")
def view():
    return the_list
"""

SERVING = """
@app.route("/die")
def die():
    os.kill(os.getpid(), signal.SIGSEGV)
@app.route("/hang")
def hang():
    time.sleep(3600)
@app.route("/big")
def big():
    return Response(b"x" * 50_000_000 + " ".join(the_list).encode(), mimetype="text/plain")
@app.route("/header")
def header():
    return Response("ok", headers={"X-Long": "h" * 1_000_000})
@app.route("/short")
def short():
    return Response(iter([b"0123456789"]), headers={"Content-Length": "100"})
@app.route("/broken-off")
def broken_off():
    def pieces():
        yield b"one;"
        raise ValueError("broken off")
    return Response(pieces())
@app.route("/take", methods=["POST"])
def take():
    the_list.append(request.get_json()["name"])
    return f"{request.content_length} bytes"
"""


@dataclass
class Site:
    """A folder with `app.py`, commands that are run in it, and what they leave."""

    folder: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def env(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("WORKERSIM_")}
        own.pop("GITHUB_ACTIONS", None)
        return {**own, "COLUMNS": "100", "NO_COLOR": "1", "TMPDIR": str(self._temporary), MARK: self.mark}

    def write(self, text: str, name: str = "app.py") -> None:
        (self.folder / name).write_text(text)

    def start(self, *argv: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*PROGRAM, *argv],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *argv: str) -> tuple[int, str, str]:
        """The exit code, standard output and standard error; nothing may be left of the command."""
        process = self.start("run", *argv)
        out, err = process.communicate(timeout=LIMIT_S)
        self.nothing_is_left()
        assert "Traceback" not in err
        return process.returncode, out, err

    @property
    def record(self) -> Record:
        with (self.folder / ".workersim" / "latest.jsonl").open("rb") as lines:
            return read(lines)

    @property
    def whole_record(self) -> list[Event]:
        """The record of a command that came to its end: every run that began has ended, and so has every request."""
        record = self.record
        assert not record.cut
        events = list(record.events)
        assert count(events, RunStarted) == count(events, RunEnded)
        assert count(events, RequestSent) == count(events, ResponseReceived) + count(events, RequestFailed)
        return events

    @property
    def family(self) -> list[psutil.Process]:
        """All processes that carry the mark."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == self.mark:
                    found.append(process)
        return found

    def nothing_is_left(self) -> None:
        """No process, hence no socket; no file in the place for temporary files; none of ours beside the app."""
        _, alive = psutil.wait_procs(self.family, timeout=10)
        assert not alive
        assert list(self._temporary.iterdir()) == []
        beside = {path.name for path in self.folder.iterdir()} - {"__pycache__"}
        assert beside <= {"app.py", "long.story", ".workersim", "ready", "tmp"}

    @property
    def _temporary(self) -> Path:
        folder = self.folder / "tmp"
        folder.mkdir(exist_ok=True)
        return folder


def line_of(text: str) -> int:
    """Where `text` is in the app."""
    return next(number for number, line in enumerate((GOOD + SERVING).splitlines(), start=1) if text in line)


def count(events: list[Event], kind: type[Event]) -> int:
    return sum(isinstance(event, kind) for event in events)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    site.write(GOOD + SERVING)
    yield site
    for process in site.family:  # of a test that failed
        process.kill()


# At load


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "E103", "no app"),
        ("from flask import Flask\none = Flask('one')\ntwo = Flask('two')\n", "E103", "two apps"),
        (GOOD + "1 / 0\n", "E102", "ZeroDivisionError"),
        (GOOD + "while True:\n    time.sleep(0.1)\n", "E104", "still being imported after 0.7 s"),
        (GOOD + "os.kill(os.getpid(), signal.SIGSEGV)\n", "E105", "SIGSEGV"),
        (GOOD + "os.register_at_fork(after_in_child=lambda: os.kill(os.getpid(), 9))\n", "E105", "SIGKILL"),
        (GOOD + "import subprocess\nsubprocess.Popen(['sleep', '600'])\n1 / 0\n", "E102", "ZeroDivisionError"),
    ],
    ids=["no-app", "two-apps", "raises", "never-ends", "dies", "dies-after-fork", "raises-with-a-child"],
)
def test_an_app_that_cannot_be_loaded(site: Site, text: str, code: str, words: str) -> None:
    site.write(text)
    status, out, err = site.run("app.py", *PATHS, "--load-timeout", "0.7" if code == "E104" else "10")
    assert (status, out) == (3, "")
    assert err.startswith(f"error {code}: ")
    assert words in err
    assert site.whole_record == []


def test_no_file(site: Site) -> None:
    status, out, err = site.run("ap.py", *PATHS)
    assert (status, out) == (3, "")
    assert err.startswith("error E101: ")
    assert "app.py" in err


def test_a_port_that_the_app_wants_at_import_is_in_use(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        site.write(f"{GOOD}import socket\nsocket.create_server(('127.0.0.1', {port}))\n")
        status, _, err = site.run("app.py", *PATHS)
    assert status == 3
    assert "Address already in use" in err
    assert "app.py:14" in err


# While it serves


def test_a_worker_that_dies(site: Site) -> None:
    status, out, _ = site.run("app.py", "--write", "/add/VALUE", "--read", "/die")
    assert status == 4
    assert "SIGSEGV" in out
    assert f"app.py:{line_of('SIGSEGV')}" in out
    assert "? unknown" in out
    events = site.whole_record
    assert any(isinstance(event, RequestFailed) and event.reason == "worker-died" for event in events)


@pytest.mark.parametrize("way", [(), ("--http",)], ids=["direct", "http"])
def test_a_request_that_hangs_is_waited_for_once(site: Site, way: tuple[str, ...]) -> None:
    status, out, _ = site.run("app.py", "--write", "/add/VALUE", "--read", "/hang", "--timeout", "0.5", *way)
    assert status == 4
    assert "no answer after 0.5 s" in out
    assert f"app.py:{line_of('sleep(3600)')}" in out
    timeouts = [event for event in site.whole_record if isinstance(event, RequestFailed) and event.reason == "timeout"]
    assert len(timeouts) <= 2, "once for each user"


@pytest.mark.parametrize("path", ["/short", "/broken-off"])
@pytest.mark.parametrize("way", [(), ("--http",)], ids=["direct", "http"])
def test_an_answer_that_is_cut_short(site: Site, path: str, way: tuple[str, ...]) -> None:
    status, out, _ = site.run("app.py", "--write", "/add/VALUE", "--read", path, *way)
    assert status == 4
    assert "? unknown" in out
    assert any(isinstance(event, RequestFailed) and event.reason == "cut-short" for event in site.whole_record)


def test_an_answer_of_50_mb(site: Site) -> None:
    """Its beginning is recorded; nothing is said about what is at its end."""
    status, out, _ = site.run("app.py", "--write", "/add/VALUE", "--read", "/big", "--order", "2:aa")
    assert (status, "? unknown" in out) == (4, True)
    received = [event for event in site.whole_record if isinstance(event, ResponseReceived)]
    assert received[-1].cut
    assert (site.folder / ".workersim" / "latest.jsonl").stat().st_size < 5_000_000


@pytest.mark.parametrize(("megabytes", "way"), [(50, ()), (10, ("--http",))], ids=["direct", "http"])
def test_a_large_request(site: Site, megabytes: int, way: tuple[str, ...]) -> None:
    padding = "x" * megabytes * 1_000_000
    site.write(f'alice: POST /take {{"name": "VALUE", "more": "{padding}"}}\nalice: GET /view  shows\n', "long.story")
    status, out, err = site.run("app.py", "--story", "long.story", "--order", "2:aa", *way)
    assert (status, err) == (1, "")
    assert "lost write" in out
    assert len(out) < 5_000
    assert site.whole_record


@pytest.mark.parametrize("way", [(), ("--http",)], ids=["direct", "http"])
def test_a_header_of_1_mb_in_an_answer(site: Site, way: tuple[str, ...]) -> None:
    status, out, _ = site.run("app.py", "--write", "/add/VALUE", "--read", "/header", "--order", "2:aa", *way)
    assert status == 4
    assert "headers" in out
    assert any(isinstance(event, RequestFailed) for event in site.whole_record)


@pytest.mark.parametrize("way", [(), ("--http",)], ids=["direct", "http"])
def test_a_header_of_1_mb_in_a_request(site: Site, way: tuple[str, ...]) -> None:
    long = "x" * 1_000_000
    site.write(f"alice: GET /add/VALUE [x-long: {long}]\nalice: GET /view  shows\n", "long.story")
    status, out, _ = site.run("app.py", "--story", "long.story", "--order", "2:aa", *way)
    assert status == 4
    assert "the request's headers are 1,000," in " ".join(out.split())
    assert len(out) < 5_000
    assert any(isinstance(event, RequestFailed) and event.reason == "too-large" for event in site.whole_record)


# An end in the middle

SLOW_LOAD = GOOD + "open('ready', 'w').close()\ntime.sleep(3600)\n"
SLOW_PAGES = GOOD.replace('    return "added"\n', '    time.sleep(0.15)\n    return "added"\n')


def wait_for(condition: object) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def begun(site: Site, runs: int) -> bool:
    """Have so many runs begun in the record?"""
    record = site.folder / ".workersim" / "latest.jsonl"
    return record.exists() and record.read_text().count('"run_started"') >= runs


def test_ctrl_c_while_the_app_is_loaded(site: Site) -> None:
    site.write(SLOW_LOAD)
    process = site.start("run", "app.py", *PATHS, "--load-timeout", "600")
    wait_for((site.folder / "ready").exists)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (130, "", "Interrupted.\n")
    site.nothing_is_left()
    assert site.whole_record == []


def test_ctrl_c_shows_what_was_found_until_then(site: Site) -> None:
    site.write(SLOW_PAGES)
    process = site.start("run", "app.py", *PATHS, "--http", "--jobs", "1")
    wait_for(lambda: begun(site, 3))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (130, "Interrupted.\n")
    assert "recorded runs" in out
    assert "! Interrupted: this is what was found until then." in out
    site.nothing_is_left()
    record = site.record
    assert not record.cut
    events = list(record.events)
    assert count(events, RunStarted) == count(events, RunEnded) >= 3
    assert isinstance(events[-1], RunEnded)
    assert events[-1].reason == "interrupted"


@pytest.mark.parametrize("which", [1, 2], ids=["run", "replay"])
def test_ctrl_c_while_a_request_hangs_in_a_run_or_in_the_replay_that_is_watched(
    site: Site, tmp_path_factory: pytest.TempPathFactory, which: int
) -> None:
    """The app itself ends the command, which leads its session, in the midst of the first or the second look."""
    looks = tmp_path_factory.mktemp("elsewhere") / "looks"
    hangs = (
        f'    open({str(looks)!r}, "a").write("x")\n    if os.path.getsize({str(looks)!r}) == {which}:\n'
        "        os.kill(os.getsid(0), signal.SIGINT)\n        time.sleep(3600)\n    return the_list\n"
    )
    site.write(GOOD.replace("    return the_list\n", hangs))
    status, out, err = site.run("app.py", *PATHS, "--timeout", "3600", "--order", "2:aa")
    assert (status, err) == (130, "Interrupted.\n")
    assert "! Interrupted: this is what was found until then." in out
    assert ("✗ W002 lost write" in out) == (which == 2)


def test_kill_leaves_a_record_that_can_be_read_and_judged(site: Site) -> None:
    site.write(SLOW_PAGES)
    process = site.start("run", "app.py", *PATHS)
    wait_for(lambda: begun(site, 1))
    time.sleep(0.1)
    process.kill()
    process.communicate(timeout=LIMIT_S)
    _, alive = psutil.wait_procs(site.family, timeout=10)
    assert not alive
    assert count(list(site.record.events), RunStarted) >= 1
    check = site.start("check", ".workersim/latest.jsonl")
    out, err = check.communicate(timeout=LIMIT_S)
    assert check.returncode in (0, 1, 4)
    assert "recorded run" in out
    assert err == ""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_in_a_search_shows_what_was_found_until_then(
    site: Site, tmp_path_factory: pytest.TempPathFactory, how: signal.Signals
) -> None:
    """What a search asks is not recorded: only the first run and the proofs are. Those can still be made."""
    asked = tmp_path_factory.mktemp("elsewhere") / "asked"
    site.write(
        SLOW_PAGES.replace('    return "added"\n', f'    open({str(asked)!r}, "a").write("x")\n    return "added"\n')
    )
    process = site.start("run", "app.py", *PATHS, "--users", "4")
    wait_for(lambda: asked.exists() and asked.stat().st_size > 12)
    process.send_signal(how)
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (130, "Interrupted.\n")
    assert "interrupted after" in out
    assert "✗ W002 lost write" in out
    assert "alice-1 is missing" in out
    assert "It was not replayed: somebody ended the run before." in out
    assert "! Interrupted: this is what was found until then." in out
    site.nothing_is_left()
    if how is signal.SIGTERM:
        return
    replay = site.start("replay")
    out, err = replay.communicate(timeout=LIMIT_S)
    assert replay.returncode == 1, (out, err)
    assert "✗ W002 lost write" in out
    assert "not replayed" not in out
    site.nothing_is_left()
