"""Pages as programs: the files that a page shows are written, its commands are run, and their output is put in.

A block whose first line is a comment with a file's name (`# shop.py`) is that file. A block of console lines that
shows output is run, line after line, in the folder of those files; one without output is only read. A line `...` in
an output stands for any lines. Times and numbers of requests stay as they were written down: they differ by nature.
A page with the remark `<!-- in a checkout -->` has workersim's own `cli.py` in that folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"(?:#|<!--) (?P<name>[\w./-]+\.(?:py|toml|story|txt|yml|jsonl|html))\b.*\n")
PROMPT = "$ "
_VARYING = re.compile(r"\b\d+(?:\.\d+)?(?=s\b| s\b| ms\b| requests run\b)")
_PREFIXES = ("WORKERSIM_", "PYTEST_", "GITHUB_")
_NOT_HERE = ("CI", "FORCE_COLOR", "PYTHONPATH")
CHECKOUT = "<!-- in a checkout -->"
_ROOT = Path(__file__).resolve().parent.parent
_MARK = "--- the output of the next command ---"
_LIMIT_S = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One line after the prompt, and the output that the page shows for it."""

    line: str
    shown: str


def commands(body: str) -> list[Command]:
    """The command lines of a console block, those that end in a backslash with their continuation."""
    found: list[list[str]] = []
    for line in body.splitlines(keepends=True):
        if line.startswith(PROMPT) or not found:
            found.append([line.removeprefix(PROMPT)])
        elif len(found[-1]) == 1 and found[-1][0].endswith("\\\n"):
            found[-1][0] += line
        else:
            found[-1].append(line)
    return [Command(line=line.rstrip("\n"), shown="".join(shown)) for line, *shown in found]


def is_run(body: str) -> bool:
    """Whether a console block shows any output."""
    return any(command.shown for command in commands(body))


def refreshed(text: str, folder: Path) -> str:
    """The page with the output that its commands have today; what only differs in times stays as it is.

    `folder` is an empty folder to work in. Raises ValueError for an output with `...` that does not fit.
    """
    if CHECKOUT in text:
        shutil.copy(_ROOT / "cli.py", folder)
        (folder / "simulator").symlink_to(_ROOT / "simulator")
    script: list[Command] = []
    for block in BLOCK.finditer(text):
        if block["language"] != "console":
            _write(block["body"], folder)
        elif is_run(block["body"]):
            script += commands(block["body"])
    # One shell for the page, so that a file that a command writes is there for the next one, and `echo $?` works.
    outputs = iter(_outputs([command.line for command in script], folder))

    def put(block: re.Match[str]) -> str:
        if block["language"] != "console" or not is_run(block["body"]):
            return block[0]
        body = "".join(
            f"{PROMPT}{command.line}\n{_fitting(command, next(outputs))}" for command in commands(block["body"])
        )
        return f"```console\n{body}```"

    return BLOCK.sub(put, text)


def _write(body: str, folder: Path) -> None:
    named = FILE.match(body)
    if named is not None:
        path = folder / named["name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")


def _outputs(lines: Sequence[str], folder: Path) -> Iterator[str]:
    if not lines:
        return
    parts = [f"{line}\nstatus=$?; printf '%s\\n' '{_MARK}'; (exit $status)" for line in lines]
    done = subprocess.run(
        ["bash", "-c", "\n".join(parts)],
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LIMIT_S,
        check=False,
    )
    yield from (_plain(output, folder) for output in done.stdout.split(f"{_MARK}\n")[: len(lines)])


def _environment() -> dict[str, str]:
    """What a person's terminal of 80 columns would say, with the programs of this Python first."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(_PREFIXES) and name not in _NOT_HERE
    }
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": path, "COLUMNS": "80", "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _plain(output: str, folder: Path) -> str:
    output = output.replace(f"{folder.resolve()}/", "").replace(str(folder.resolve()), ".")
    return "".join(f"{line.rstrip()}\n" for line in output.splitlines())


def _fitting(command: Command, output: str) -> str:
    """The output, or what the page shows if that says the same."""
    if "...\n" in command.shown:
        pattern = "(?:.*\n)*?".join(
            re.escape(_timeless(part)) for part in re.split(r"^\.\.\.\n", command.shown, flags=re.M)
        )
        if re.fullmatch(pattern, _timeless(output)) is None:
            raise ValueError(f"`{command.line}` no longer prints what is shown, but:\n{output}")
        return command.shown
    return command.shown if _timeless(command.shown) == _timeless(output) else output


def _timeless(text: str) -> str:
    return _VARYING.sub("0", text)
