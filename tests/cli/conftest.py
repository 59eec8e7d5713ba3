"""Commands run in this process: the same `main` that the console script calls, with the same streams."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.commands import main

SWITCHES = frozenset(
    {"CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "TERM"}
)
"""Variables that change how a command prints, and that a test machine may have."""

FORMS = ((80, False), (80, True), (40, False), (40, True))
"""Columns, and whether there is colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What one command line did."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Both streams, for comparison with a snapshot."""
        return f"{self.out}--- stderr\n{self.err}" if self.err else self.out


Workersim = Callable[..., Ran]


@pytest.fixture
def workersim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Workersim:
    """`workersim("run", "app.py", columns=40, colour=True)`, in an empty folder of its own and a clean environment."""
    monkeypatch.chdir(tmp_path)

    def run(*argv: str, columns: int = 80, colour: bool = False, env: Mapping[str, str] | None = None) -> Ran:
        capsys.readouterr()
        with monkeypatch.context() as clean:
            for name in os.environ:
                if name.startswith("WORKERSIM_") or name in SWITCHES:
                    clean.delenv(name)
            wanted = {"COLUMNS": str(columns), "FORCE_COLOR": "1" if colour else "0", **(env or {})}
            for name, value in wanted.items():
                clean.setenv(name, value)
            code = main(argv)
        streams = capsys.readouterr()
        return Ran(code=int(code), out=streams.out, err=streams.err)

    return run


@pytest.fixture
def forms(workersim: Workersim) -> Callable[..., tuple[int, str]]:
    """`forms("run", "app.py")`: the exit code and the texts of one command line in all forms."""

    def run(*argv: str) -> tuple[int, str]:
        ran = [workersim(*argv, columns=columns, colour=colour) for columns, colour in FORMS]
        assert len({one.code for one in ran}) == 1
        for (columns, colour), one in zip(FORMS, ran, strict=True):
            assert colour or "\x1b[" not in one.text
            assert colour or max(map(len, one.text.splitlines())) <= columns or columns == 40
        heads = [f"===== {columns} columns{', colour' if colour else ''}\n" for columns, colour in FORMS]
        return ran[0].code, "".join(head + one.text for head, one in zip(heads, ran, strict=True))

    return run
