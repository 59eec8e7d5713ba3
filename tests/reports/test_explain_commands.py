"""Every command line that a page tells people to type is one that the command understands."""

from __future__ import annotations

import shlex

import pytest
from typer.main import get_command

from simulator.commands.front import build
from simulator.reports.explain import commands, pages

LINES = sorted({line for page in pages() for line in commands(page)})


@pytest.mark.parametrize("line", LINES)
def test_every_command_line_parses(line):
    program, *words = shlex.split(line)
    assert program == "workersim"
    if words == ["--help"]:
        return
    command = get_command(build()).commands[words[0]]
    if words[1:] != ["--help"]:
        command.make_context(words[0], words[1:])


def test_there_are_some():
    assert len(LINES) > 20
