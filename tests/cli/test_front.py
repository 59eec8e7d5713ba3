"""The front door: examples, help, wrong use, and what happens when workersim itself fails."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.commands import doctor
from simulator.commands.examples import EXAMPLES
from simulator.commands.help import with_page

Workersim = Callable[..., Any]
Approve = Callable[..., None]

COMMANDS = ("run", "compare", "replay", "check", "explain", "list", "init", "doctor")
PROGRAM = (sys.executable, "-c", "from simulator.commands import script; raise SystemExit(script())")


def test_bare_command_shows_three_examples(workersim: Workersim, approve: Approve) -> None:
    ran = workersim()
    approve(ran.text, exit_code=ran.code)


@pytest.mark.parametrize("columns", [80, 40])
def test_help(workersim: Workersim, approve: Approve, columns: int) -> None:
    ran = workersim("--help", columns=columns)
    approve(ran.text, exit_code=ran.code)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_begins_with_its_examples(workersim: Workersim, approve: Approve, command: str) -> None:
    ran = workersim(command, "-h")
    assert ran.text.startswith("Examples:\n" + "".join(f"  {line}\n" for line in EXAMPLES[command]))
    assert max(map(len, ran.text.splitlines())) <= 80
    approve(ran.text, exit_code=ran.code)


@pytest.mark.parametrize(
    "line",
    [
        "run app.py --wrokers 2",
        "run --zzz",
        "explane",
        "run one two",
        "compare",
        "compare lost-write.py",
        "check",
        "run lost-lits",
        "run",
        "run lost-write --workers two",
        "run lost-write --variant fixt",
        "run lost-write --framework flsk",
        "run lost-write --cwd nowhere",
        "explain W0002",
        "replay",
    ],
)
def test_wrong_use(workersim: Workersim, approve: Approve, line: str) -> None:
    ran = workersim(*line.split())
    assert (ran.code, ran.out) == (2, "")
    approve(ran.err, exit_code=ran.code)


def test_wrong_use_with_json_is_an_object_too(workersim: Workersim) -> None:
    ran = workersim("run", "lost-lits", "--json")
    assert ran.code == 2
    assert json.loads(ran.out)["error"]["code"] == "E201"
    assert ran.err.startswith("error E201")


def test_version(workersim: Workersim) -> None:
    assert workersim("--version").out == "workersim 1.0.0\n"


def _fail() -> doctor.Check:
    raise KeyError("w3")


def test_a_bug_of_ours_ends_with_70_and_a_file_to_report(
    workersim: Workersim, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", (_fail,))
    ran = workersim("doctor", "--app", "x")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err.startswith("internal error E900: workersim itself failed (KeyError: 'w3' in\n   test_front.py:")
    [crash] = (tmp_path / ".workersim").glob("crash-*.txt")
    assert f".workersim/{crash.name}" in ran.err
    assert "Traceback" not in ran.err
    text = crash.read_text()
    assert "workersim doctor --app x" in text
    assert text.rstrip().endswith("KeyError: 'w3'")
    assert (tmp_path / ".workersim" / ".gitignore").read_text() == "*\n"


def test_a_bug_where_nothing_can_be_written_shows_everything_on_stderr(
    workersim: Workersim, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".workersim").write_text("in the way")
    monkeypatch.setattr(doctor, "CHECKS", (_fail,))
    ran = workersim("doctor")
    assert ran.code == 70
    assert "Traceback" in ran.err
    assert "E900" in ran.err


def test_values_of_the_apps_variables_stay_out_of_a_crash_report(
    workersim: Workersim, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from simulator.commands import crash

    text = crash.describe(ValueError("x"), ["run", "a.py", "--env", "KEY=hunter2", "--env=OTHER=hunter3"])
    assert "run a.py --env 'KEY=***' '--env=OTHER=***'" in text
    assert "hunter" not in text


def test_html_may_stand_alone() -> None:
    assert with_page(["app.py", "--html"]) == ["app.py", "--html=.workersim/latest.html"]
    assert with_page(["--html", "app.py", "-q"]) == ["--html=.workersim/latest.html", "app.py", "-q"]
    assert with_page(["--html", "out.html", "app.py"]) == ["--html", "out.html", "app.py"]
    assert with_page(["--html=x.htm"]) == ["--html=x.htm"]


def test_a_reader_that_leaves_early_is_no_crash(tmp_path: Path) -> None:
    command = [*PROGRAM, "explain", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=20) == 130


def test_short_commands_import_nothing_that_is_slow(tmp_path: Path) -> None:
    """Importing is most of what a short command costs: what it does not need, it does not import."""
    code = "import sys; from simulator.commands import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    for args in (["--help"], ["list"], ["explain", "W002"]):
        command = [sys.executable, "-c", code, *args]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
        assert "simulator.commands" in done.stderr
        assert not {"httpx", "uvicorn", "starlette", "asyncio", "greenlet", "flask"} & set(done.stderr.split()), args
