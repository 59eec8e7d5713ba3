"""The texts that `init` writes: a story, a test and a workflow. Each works as it stands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from simulator.commands.guess import Guess

USERS = ("alice", "bob")
MOST_OTHERS = 12
NOTHING_KNOWN = Guess(writes=("/add/VALUE",), reads=("/view",))


def lines(guess: Guess) -> tuple[str, ...]:
    """What each user does: one request that writes and the page that is likely to show it.

    Before a guarded form comes a page, as in a browser.
    """
    if not guess.writes:
        return tuple(f"{user}: GET {path}" for user in USERS for path in guess.reads[:2])
    write = guess.writes[0]
    reads = [f"GET {read}  shows" for read in nearest(write, guess.reads)[:1]]
    write = write if " " in write else f"GET {write}"
    first = [reads[0].removesuffix("  shows")] if guess.is_guarded and reads and not write.startswith("GET") else []
    return tuple(f"{user}: {request}" for user in USERS for request in (*first, write, *reads))


def nearest(write: str, reads: Sequence[str]) -> list[str]:
    """Pages, the one whose address has most in common with that of `write` first."""
    path = next(word for word in write.split() if word.startswith("/"))
    return sorted(reads, key=lambda read: -len(set(path.split("/")) & set(read.split("/"))))


def story(guess: Guess, *, target: str, file: str) -> str:
    """A story file, with the routes that it leaves out as remarks."""
    used = lines(guess) or lines(NOTHING_KNOWN)
    left = [path for path in (*guess.writes, *guess.reads, *guess.others) if not any(path in line for line in used)]
    head = [
        f"# What two users do in {'this project' if target == '.' else target}. Try it:",
        f"#    workersim run {shlex.join([target, '--story', file])}",
        "# A line is a user, a request, and what it does. VALUE becomes a marker that nobody else has;",
        "# `shows` says that the page shows all that this user has stored.",
        "",
    ]
    if not lines(guess):
        head += ["# The app does not tell its routes: put your own paths here.", ""]
    tail = ["", "# Other routes of the app:", *(f"#    {path}" for path in left[:MOST_OTHERS])] if left else []
    return "\n".join([*head, *used, *tail]) + "\n"


def test(guess: Guess, *, target: str) -> str:
    """A pytest file that tries every order of the story."""
    used = lines(guess) or lines(NOTHING_KNOWN)
    return "\n".join(
        [
            '"""The app under two workers: nobody loses data, and nobody sees the data of others."""',
            "",
            "from simulator import Story",
            "",
            'STORY = Story("""',
            *(f"    {line}" for line in used),
            '""")',
            "",
            "",
            "def test_every_order_on_two_workers(multiworker):",
            f'    multiworker("{target}", workers=2).check(STORY)',
            "",
        ]
    )


def workflow(folder: Path, *, framework: str) -> str:
    """A GitHub workflow that installs the project and runs the test."""
    return "\n".join(
        [
            "name: multiworker",
            "on: [push, pull_request]",
            "permissions:",
            "  contents: read",
            "jobs:",
            "  multiworker:",
            "    runs-on: ubuntu-latest",
            "    steps:",
            "      - uses: actions/checkout@v4",
            "      - uses: actions/setup-python@v5",
            "        with:",
            '          python-version: "3.12"',
            f"      - run: pip install {_project(folder, framework)} workersim pytest",
            "      - run: pytest tests/test_multiworker.py",
            "",
        ]
    )


def _project(folder: Path, framework: str) -> str:
    if (folder / "requirements.txt").is_file():
        return "-r requirements.txt"
    if (folder / "pyproject.toml").is_file() and "[project]" in (folder / "pyproject.toml").read_text(encoding="utf-8"):
        return "."
    return framework.lower()
