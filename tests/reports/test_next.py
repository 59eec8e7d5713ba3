"""The lines under "Next" work when pasted: each is a command line, and the test for pytest is a Python file."""

from __future__ import annotations

import ast
import shlex
import textwrap

import pytest
from typer.main import get_command

from simulator.commands.front import build
from simulator.reports.style import Style
from simulator.reports.terminal import report
from simulator.story.story import Story


def pasted(text: str) -> list[list[str]]:
    """The words of every command line in a report, as a shell would see them."""
    lines = text.replace(" \\\n", " ").splitlines()
    return [shlex.split(line.split("   ")[0]) for line in map(str.strip, lines) if line.startswith("workersim ")][1:]


@pytest.mark.parametrize("width", [32, 40, 80])
@pytest.mark.parametrize("which", ["broken", "stale"])
def test_commands(which, width, request):
    lines = pasted(report(request.getfixturevalue(which), Style(width=width)))
    assert {"explain", "replay"} <= {words[1] for words in lines}
    program = get_command(build())
    for _, name, *rest in lines:
        program.commands[name].make_context(name, [*rest])


@pytest.mark.parametrize("width", [40, 80])
def test_the_test_for_pytest(width, broken):
    text = report(broken, Style(width=width)).split("to keep it fixed:\n")[1].split("\n\n")[0]
    module = ast.parse(textwrap.dedent(text))
    (function,) = (each for each in module.body if isinstance(each, ast.FunctionDef))
    assert function.name == "test_lost_write"
    story = next(
        node.value for node in ast.walk(function) if isinstance(node, ast.Constant) and "alice" in str(node.value)
    )
    assert Story(story).users == ("alice", "bob")
