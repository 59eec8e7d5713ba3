"""What a test with the fixture `multiworker` adds to a run of pytest: a pinned order, and every order and routing.

    python benchmarks/plugin.py [--rounds 3]

The application is the article's, its test the one that `workersim init ci` writes. What one more test costs is the
difference between a run of six tests and one of a single test, divided by five; what the first costs is the difference
between a run of a single test and one of an empty test. The target: under 0.5 s for one more. Where other work runs
beside this, the seconds of the processors (of all processes, with children) say most.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import start

TEST = '''
import pytest
from simulator import Story

SHOPPING = Story("""
    alice: GET /add/VALUE
    alice: GET /view        shows
    bob: GET /add/VALUE
    bob: GET /view          shows
""")

@pytest.mark.parametrize("number", range({count}))
def test_again(multiworker, number):
    multiworker("app.py").run(SHOPPING{order})
'''
EMPTY = "def test_nothing():\n    pass\n"
ORDERS = {"a pinned order": ', order="2:aa"', "every order and routing": ""}
MORE = 5


def session(folder: Path, text: str) -> start.Took:
    """What a whole run of pytest on one file of tests takes."""
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "test_it.py"]

    def run() -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=start.LIMIT_S, check=False)
        if done.returncode:
            raise SystemExit(f"pytest: {done.stdout} {done.stderr}")

    return start.measured(run)


def tests(order: str, count: int) -> str:
    return TEST.format(order=order, count=count)


def compare(folder: Path, rounds: int) -> None:
    empty = [session(folder, EMPTY) for _ in range(rounds)]
    row("pytest with an empty test", empty)
    for what, order in ORDERS.items():
        first = [session(folder, tests(order, 1)) for _ in range(rounds)]
        all_of_them = [session(folder, tests(order, 1 + MORE)) for _ in range(rounds)]
        row(f"{what}: the first test", less(first, empty))
        row(f"{what}: one more", [start.Took(t.wall_s / MORE, t.cpu_s / MORE) for t in less(all_of_them, first)])


def less(some: list[start.Took], others: list[start.Took]) -> list[start.Took]:
    """Round by round, what the first took more than the second."""
    return [start.Took(a.wall_s - b.wall_s, a.cpu_s - b.cpu_s) for a, b in zip(some, others, strict=True)]


def row(what: str, took: list[start.Took]) -> None:
    wall_s, cpu_s = (statistics.median(column) for column in zip(*((t.wall_s, t.cpu_s) for t in took), strict=True))
    start.show((what, f"{wall_s:.3f}", f"{cpu_s:.3f}"))


def main() -> None:
    rounds = start.rounds_of(__doc__, 3)
    with start.workplace() as folder:
        session(folder, tests("", 1))  # everything is compiled by now
        start.head(rounds, "wall, s", "CPU, s")
        compare(folder, rounds)


if __name__ == "__main__":
    main()
