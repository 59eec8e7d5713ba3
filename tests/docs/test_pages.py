"""README and docs/ show what is printed: commands are run, or read by the command line itself; links lead somewhere."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.main import get_command

from simulator.commands.front import build
from simulator.story.story import Story

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")


def label(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(path: Path, *languages: str) -> list[str]:
    return [body for language, body in BLOCK.findall(path.read_text(encoding="utf-8")) if language in languages]


def shown_lines(path: Path) -> list[str]:
    """Every command line of a page: those after a prompt, in shell blocks, and in backticks."""
    text = path.read_text(encoding="utf-8")
    consoles = [line.removeprefix("$ ") for body in blocks(path, "console") for line in body.splitlines()]
    prompts = [line for line in consoles if line in {found[2:] for found in re.findall(r"^\$ .*", text, re.MULTILINE)}]
    shells = [line for body in blocks(path, "sh") for line in body.splitlines()]
    inline = [found for found in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text) if found.startswith("workersim ")]
    whole = [*prompts, *shells, *inline]
    return [part for line in whole for part in re.split(r" && |; | > \S+", line) if part]


LINES = sorted({(label(path), line) for path in PAGES for line in shown_lines(path)})


@pytest.mark.parametrize("path", [path for path in PAGES if "$ " in path.read_text(encoding="utf-8")], ids=label)
def test_a_page_shows_what_its_commands_print(path: Path, tmp_path: Path, examples: ModuleType) -> None:
    text = path.read_text(encoding="utf-8")
    assert examples.refreshed(text, tmp_path) == text, "run python docs/generate.py, and read what has changed"


@pytest.mark.parametrize(("page", "line"), LINES)
def test_every_command_line_is_understood(page: str, line: str) -> None:
    program, *words = shlex.split(line)
    if program == "python":
        assert (ROOT / words[0]).is_file() or words[0] == "manage.py"
        program, words = ("workersim", words[1:]) if words[0] == "cli.py" else (program, words)
    if program == "pip":
        extras = re.fullmatch(r"\.(?:\[(\w+)\])?", words[-1])
        assert words[0] == "install"
        assert extras is not None
        table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert extras[1] is None or extras[1] in table["optional-dependencies"]
    elif program == "workersim":
        group: Any = get_command(build())
        assert words[0] in group.commands
        if words[1:] != ["--help"] and "..." not in words:
            group.commands[words[0]].make_context(words[0], words[1:])
    else:
        assert program in {"pytest", "echo", "cat", "python"}, f"{page} shows {program}: how is it tested?"


def test_the_first_screen_has_the_two_commands_and_one_picture() -> None:
    first = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## ")[0]
    assert re.findall(r"```sh\n(.*?)\n```", first, re.DOTALL) == [
        "pip install . && workersim run lost-write",
        "pip install '.[test]' && pytest",
    ]
    assert re.findall(r"^\$ .*", first, re.MULTILINE) == ["$ workersim run lost-write"]
    assert "✗ alice-1 is missing" in first


@pytest.mark.parametrize("path", PAGES, ids=label)
def test_links_lead_somewhere(path: Path) -> None:
    for file, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        target = (path.parent / file).resolve() if file else path
        assert target.is_file(), file
        if anchor:
            heads = re.findall(r"^#+ (.*)", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head in heads}, anchor


@pytest.mark.parametrize("path", PAGES, ids=label)
def test_stories_and_settings_are_read(path: Path) -> None:
    for text in blocks(path, "story"):
        assert Story(text).people
    for text in blocks(path, "toml"):
        assert tomllib.loads(text)["tool"]["workersim"]


@pytest.mark.parametrize(
    "path", [path for path in PAGES if blocks(path, "python") and path.parent.name != "reference"], ids=label
)
def test_python_is_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Applications and tests in named files are run by the commands of their pages; the rest is run here."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run.jsonl").write_text("".join(blocks(ROOT / "docs" / "history-format.md", "json")), encoding="utf-8")
    consoles = "".join(blocks(path, "console"))
    names: dict[str, object] = {"pytest": pytest}
    for text in blocks(path, "python"):
        named = re.match(r"# (?:scenarios/)?([\w-]+)(?:\.py|/)", text)
        if named is None:
            exec(compile(text, label(path), "exec"), names)
        else:
            assert named[1] in consoles or f"{named[1]}.py" in consoles


def test_a_page_that_shows_something_else_is_noticed(tmp_path: Path, examples: ModuleType) -> None:
    page = "```python\n# one.py\nprint(1 + 1)\n```\n\n```console\n$ python one.py\n3\n$ echo in 7 s\nin 5 s\n```\n"
    assert examples.refreshed(page, tmp_path) == page.replace("\n3\n", "\n2\n").replace("5 s\n```", "5 s\n```")
