from __future__ import annotations

import pytest

from simulator.checkers.finding import Verdict
from simulator.reports.style import NARROWEST, WIDEST, Style


@pytest.mark.parametrize(
    ("env", "is_tty", "colour"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"GITHUB_ACTIONS": "true", "CI": "true"}, False, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colour(env, is_tty, colour):
    assert Style.decide(stream_is_tty=is_tty, env=env).colour is colour


@pytest.mark.parametrize(
    ("env", "measured", "is_tty", "width"),
    [
        ({}, None, True, WIDEST),
        ({}, 40, True, 40),
        ({}, 200, True, WIDEST),
        ({}, 5, True, NARROWEST),
        ({}, 40, False, WIDEST),
        ({"COLUMNS": "60"}, 40, True, 60),
        ({"COLUMNS": "60"}, None, False, 60),
        ({"COLUMNS": "0"}, 40, True, 40),
        ({"COLUMNS": "many"}, 40, True, 40),
        ({"COLUMNS": "²"}, 40, True, 40),
    ],
)
def test_width(env, measured, is_tty, width):
    assert Style.decide(stream_is_tty=is_tty, env=env, columns=measured).width == width


@pytest.mark.parametrize(
    ("encoding", "env", "signs"),
    [
        ("utf-8", {}, "✓✗?"),
        ("UTF8", {}, "✓✗?"),
        ("ascii", {}, "OKXX??"),
        ("cp1252", {}, "OKXX??"),
        ("utf-8", {"TERM": "dumb"}, "OKXX??"),
        ("utf-8", {"TERM": "linux"}, "OKXX??"),
    ],
)
def test_signs(encoding, env, signs):
    style = Style.decide(stream_is_tty=True, env=env, encoding=encoding)
    assert "".join(style.mark(verdict) for verdict in Verdict) == signs


@pytest.mark.parametrize(
    ("env", "is_tty", "is_live"),
    [({}, True, True), ({}, False, False), ({"TERM": "dumb"}, True, False), ({"CI": "true"}, True, False)],
)
def test_progress_needs_a_terminal_that_can_move(env, is_tty, is_live):
    assert Style.decide(stream_is_tty=is_tty, env=env).is_live is is_live


def test_paint_without_colour_is_nothing():
    assert Style().paint("words", "problem") == "words"
    assert Style(colour=True).paint("", "problem") == ""
    assert Style(colour=True).paint("words", "problem") == "\x1b[1;31mwords\x1b[0m"
