"""Somebody with a broken app of his own types what each screen says next, and is told the variable and the line.

With `WORKERSIM_NEWCOMERS=1` in a virtual environment of his own, from `pip install` on, in under two minutes.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Workersim = Callable[..., Any]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
APPS = {
    "flask": ("app.py", "flask", "todos", "app.py:15", "2:a1a1a2"),
    "fastapi": ("main.py", "fastapi", "notes", "main.py:20", "2:a1a2"),
    "django": ("manage.py", "django", "messages", "mysite/views.py:8", "2:a1a1a1a2"),
}
"""What is typed first, what is installed, the variable, the line that changes it, and an order that shows it."""
MOST_SCREENS = 3
LIMIT_S = 120


def followed(run: Callable[[str], str], first: str, found: tuple[str, ...]) -> list[str]:
    """The screens from the first command to the one that names what was to be found."""
    screens = [run(first)]
    typed = {first}
    while not all(one in screens[-1] for one in found):
        said = re.sub(r" \\\n\s*", " ", screens[-1])
        line = next((line for line in re.findall(r"(workersim (?!\d).+)", said) if line not in typed), None)
        assert line is not None, f"this screen says nothing to type next:\n{screens[-1]}"
        assert len(screens) < MOST_SCREENS, f"{MOST_SCREENS} screens, and still no line:\n{screens[-1]}"
        typed.add(line)
        screens.append(run(line))
    return screens


def place(name: str, folder: Path) -> None:
    shutil.copytree(
        HERE / "newcomers", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "board")
    )
    if name == "django":
        shutil.copytree(HERE / "newcomers" / "board", folder, dirs_exist_ok=True)


@pytest.mark.parametrize("name", APPS)
def test_each_screen_tells_the_next_command(workersim: Workersim, tmp_path: Path, name: str) -> None:
    target, _, variable, line, order = APPS[name]
    place(name, tmp_path)

    def run(line: str) -> str:
        _, *words = shlex.split(line)
        quick = ["--order", order] if {"--write", "--story"} & set(words) else []
        ran = workersim(*words, *quick)
        return str(ran.text)

    assert followed(run, f"workersim run {target}", (variable, line))


@pytest.mark.skipif(
    os.environ.get("WORKERSIM_NEWCOMERS") is None, reason="WORKERSIM_NEWCOMERS=1: minutes, and a network"
)
@pytest.mark.parametrize("name", APPS)
def test_from_pip_install_to_the_line_in_two_minutes(tmp_path: Path, name: str) -> None:
    target, framework, variable, line, _ = APPS[name]
    place(name, tmp_path)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=LIMIT_S)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("WORKERSIM_", "PYTEST_"))}
    env |= {"PATH": f"{tmp_path / 'venv' / 'bin'}:{env['PATH']}", "COLUMNS": "80"}

    def run(line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=LIMIT_S, check=False
        )
        return done.stdout + done.stderr

    began_s = time.monotonic()
    run(f"pip install --quiet {shlex.quote(str(ROOT))} {framework}")
    installed_s = time.monotonic() - began_s
    screens = followed(run, f"workersim run {target}", (variable, line))
    took_s = time.monotonic() - began_s
    print(f"{name}: {took_s:.0f} s, of them {installed_s:.0f} s for pip; {len(screens)} commands")
    assert took_s < LIMIT_S
