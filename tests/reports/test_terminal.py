from __future__ import annotations

import re
from dataclasses import replace

import pytest

from simulator.reports.layout import width_of
from simulator.reports.style import Style
from simulator.reports.terminal import report

STYLES = {
    "80": Style(),
    "80-colour": Style(colour=True),
    "40": Style(width=40),
    "40-colour": Style(width=40, colour=True),
    "80-ascii": Style(unicode=False),
}
RESULTS = ["broken", "fixed", "stale", "unclear", "hostile"]


@pytest.mark.parametrize("look", STYLES)
@pytest.mark.parametrize("which", RESULTS)
def test_report(which, look, request, approve):
    approve(report(request.getfixturevalue(which), STYLES[look]))


@pytest.mark.parametrize("which", RESULTS)
@pytest.mark.parametrize("width", [32, 40, 60, 80])
def test_no_line_is_wider_than_the_terminal(which, width, request):
    text = report(request.getfixturevalue(which), Style(width=width), verbosity=1)
    # What is made to be pasted is kept whole: a test's lines and single words of commands.
    lines = text.split("a test for pytest")[0].splitlines()
    assert [line for line in lines if width_of(line) > width and "GET" not in line and "--" not in line] == []


@pytest.mark.parametrize("which", RESULTS)
def test_colour_adds_escape_sequences_and_nothing_else(which, request):
    result = request.getfixturevalue(which)
    coloured = report(result, Style(colour=True))
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == report(result, Style())


def test_escape_sequences_of_an_answer_never_reach_the_terminal(hostile):
    assert "\x1b" not in report(hostile, Style(), verbosity=1)
    assert "\x07" not in report(hostile, Style(), verbosity=1)


def test_ascii_has_no_signs(broken, stale, unclear):
    for result in (broken, stale, unclear):
        assert report(result, Style(unicode=False), verbosity=1).isascii()


@pytest.mark.parametrize("which", RESULTS)
def test_quiet_is_one_line(which, request, approve):
    text = report(request.getfixturevalue(which), Style(), verbosity=-1)
    assert text.count("\n") == 1
    approve(text)


def test_verbose_shows_every_order(broken, approve):
    approve(report(broken, Style(), verbosity=1))


def test_many_findings_are_counted_not_dropped(broken):
    many = replace(broken, examples=broken.examples * 5)
    assert "Shown: 6 of 10 problems. All of them: -v" in report(many, Style())
    assert report(many, Style(), verbosity=1).count("W003 leak ") == 5


def test_what_nobody_had_time_to_replay_says_so(broken):
    hasty = replace(broken.examples[0], proven=False, is_replayed=False, blame=None)
    text = report(replace(broken, examples=(hasty,)), Style())
    assert "It was not replayed: somebody ended the run before." in text
    without_steps = report(replace(broken, examples=(replace(hasty, steps=()),)), Style())
    assert "worker  answer" in text
    assert "worker  answer" not in without_steps
