"""The command as a process: exit codes, Ctrl-C, and what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from simulator.errors import ExitStatus

HERE = Path(__file__).parent
PROGRAM = (sys.executable, "-c", "import sys; from simulator.commands import script; sys.exit(script())")
PATHS = ("--write", "/add/VALUE", "--read", "/view")
LIMIT_S = 60


def environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("WORKERSIM_")}
    return {**own, "COLUMNS": "80", "NO_COLOR": "1"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the apps of these tests."""
    shutil.copytree(HERE / "apps", tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        ((), ExitStatus.OK),
        (("run", "fixed.py", *PATHS, "--order", "2:aa"), ExitStatus.OK),
        (("run", "broken.py", *PATHS, "--order", "2:aa"), ExitStatus.PROBLEM),
        (("run", "broken.py", "--wrokers", "2"), ExitStatus.USAGE),
        (("run", "missing.py", *PATHS), ExitStatus.APP),
        (("run", "raises.py", *PATHS, "--order", "2:aa"), ExitStatus.UNKNOWN),
    ],
)
def test_exit_codes(site: Path, argv: tuple[str, ...], status: ExitStatus) -> None:
    done = subprocess.run(
        [*PROGRAM, *argv], cwd=site, env=environment(), capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def started(site: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command that has begun to record; ends it with the test, whatever happens."""
    processes: list[subprocess.Popen[str]] = []
    temporary = site / "tmp"
    temporary.mkdir()

    def start(*argv: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*PROGRAM, *argv],
            cwd=site,
            env={**environment(), "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        processes.append(process)
        record = site / ".workersim" / "latest.jsonl"
        deadline = time.monotonic() + LIMIT_S
        while not (record.exists() and "request_sent" in record.read_text()):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline, "nothing was recorded"
            time.sleep(0.02)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_one_request_to_stop_is_enough(started: Callable[..., subprocess.Popen[str]], how: signal.Signals) -> None:
    process = started("run", "hangs.py", *PATHS, "--timeout", "3600")
    family = psutil.Process(process.pid).children(recursive=True)
    assert family, "there are workers to be stopped"
    process.send_signal(how)
    out, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == ExitStatus.INTERRUPTED
    assert "Traceback" not in err
    assert err.endswith("Interrupted.\n")
    assert "! Interrupted: this is what was found until then." in out
    _, alive = psutil.wait_procs(family, timeout=LIMIT_S)
    assert not alive


WRITES = """
import sqlite3, time
from flask import Flask
app = Flask(__name__)

@app.route("/add/<item>")
def add(item):
    open("notes.txt", "a").write(item)
    open("new.txt", "w").write(item)
    for name in ("own.db", "declared.db"):
        with sqlite3.connect(name) as db:
            db.execute("insert into items values (?)", [item])
    open("done", "w")
    time.sleep(3600)

@app.route("/view")
def view():
    return ""
"""


def test_a_kill_leaves_nothing_behind_and_every_file_as_it_was(
    site: Path, started: Callable[..., subprocess.Popen[str]], eventually: Callable[..., bool]
) -> None:
    (site / "writes.py").write_text(WRITES)
    (site / "notes.txt").write_text("mine")
    for name in ("own.db", "declared.db"):
        with contextlib.closing(sqlite3.connect(site / name)) as db:
            db.execute("create table items (name)")
    before = _contents(site)
    process = started("run", "writes.py", *PATHS, "--timeout", "3600", "--store", "declared.db")
    family = psutil.Process(process.pid).children(recursive=True)
    assert eventually((site / "done").exists)
    assert list((site / "tmp").iterdir())
    process.kill()
    process.wait(timeout=LIMIT_S)
    _, alive = psutil.wait_procs(family, timeout=LIMIT_S)
    assert not alive
    assert eventually(lambda: not list((site / "tmp").iterdir()))
    assert _contents(site) == before


def test_a_kill_leaves_no_copy_of_a_lesson(
    site: Path, started: Callable[..., subprocess.Popen[str]], eventually: Callable[..., bool]
) -> None:
    process = started("run", "lost-write", "--orders", "all")
    assert [path for path in (site / "tmp").iterdir() if path.name.startswith("workersim-")]
    process.kill()
    process.wait(timeout=LIMIT_S)
    assert eventually(lambda: not list((site / "tmp").iterdir()))


def _contents(site: Path) -> dict[str, object]:
    """Of databases their tables: SQLite counts the changes of a file, and these are counted too."""
    return {path.name: _held(path) for path in site.iterdir() if path.is_file()}


def _held(path: Path) -> object:
    if path.suffix != ".db":
        return path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as db:
        return list(db.iterdump())


def test_a_scenarios_temporary_folder_is_gone_afterwards(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "run", "lost-write", "--order", "2:aa", "-q"],
        cwd=tmp_path,
        env={**environment(), "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == ExitStatus.PROBLEM
    assert {path.name for path in tmp_path.iterdir()} == {".workersim"}


def test_completion_for_the_shell(tmp_path: Path) -> None:
    """What the line that `--show-completion` installs asks for."""
    env = {**environment(), "_WORKERSIM_COMPLETE": "complete_bash", "COMP_WORDS": "workersim re", "COMP_CWORD": "1"}
    done = subprocess.run(
        list(PROGRAM), cwd=tmp_path, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.stdout.split() == ["replay"]
