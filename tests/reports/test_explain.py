from __future__ import annotations

import re

import pytest

from simulator import errors
from simulator.checkers.finding import CODES
from simulator.errors import UsageError, WorkersimError
from simulator.reports.explain import explain, find, index, pages
from simulator.reports.layout import width_of
from simulator.reports.style import Style

PAGES = {page.code: page for page in pages()}
STYLES = {"80": Style(), "40": Style(width=40), "80-colour": Style(colour=True)}


def codes_of_errors():
    """Every error class of the program, found by walking the tree."""
    found, todo = {WorkersimError}, [WorkersimError]
    while todo:
        children = todo.pop().__subclasses__()
        found.update(children)
        todo += children
    return {each.code for each in found if each.__module__ == errors.__name__}


def test_every_finding_and_every_error_has_its_page():
    assert set(PAGES) == set(CODES.values()) | codes_of_errors()


@pytest.mark.parametrize("code", PAGES)
def test_a_page_is_whole(code):
    page = PAGES[code]
    assert page.name
    assert page.headline
    assert {"What happens", "What to do", "Try it"} <= set(page.sections)
    assert ("Before" in page.sections) == ("After" in page.sections)
    assert all(any(line.strip() for line in body) for body in page.sections.values())
    assert all(len(heading) < 16 for heading in page.sections)


@pytest.mark.parametrize("code", PAGES)
@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_page_fits(code, width):
    lines = explain(code, Style(width=width)).splitlines()
    assert [line for line in lines if width_of(line) > width and "https://" not in line] == []


@pytest.mark.parametrize("look", STYLES)
@pytest.mark.parametrize("code", ["W001", "W002", "W003", "E104"])
def test_page(code, look, approve):
    approve(explain(code, STYLES[look]))


@pytest.mark.parametrize("width", [40, 80])
def test_index(width, approve):
    approve(index(Style(width=width)))


@pytest.mark.parametrize("topic", ["W002", "w002", "lost-write", "lost write", "Lost_Write", " lost  write "])
def test_many_names_lead_to_one_page(topic):
    assert find(topic).code == "W002"


@pytest.mark.parametrize("topic", ["cross-user-leak", "leak", "W003"])
def test_the_leak_has_two_names(topic):
    assert find(topic).code == "W003"


def test_a_wrong_name_gets_a_guess():
    with pytest.raises(UsageError, match=r"Did you mean lost write \(W002\)\?"):
        find("lost-wirte")
    with pytest.raises(UsageError, match=r'no explanation of "xyzzy"\.$'):
        find("xyzzy")


def test_colour_adds_nothing_else():
    for code in PAGES:
        coloured = explain(code, Style(colour=True))
        assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == explain(code, Style())
