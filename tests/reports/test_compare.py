from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.reports.compare import common_order, comparison
from simulator.reports.layout import width_of
from simulator.reports.style import Style
from simulator.reports.words import short_names

STYLES = {"80": Style(), "40": Style(width=40), "80-colour": Style(colour=True), "80-ascii": Style(unicode=False)}


@pytest.mark.parametrize("look", STYLES)
def test_side_by_side(look, broken, fixed, approve):
    text = comparison([broken, fixed], STYLES[look])
    approve(text)
    if not STYLES[look].colour:
        assert all(width_of(line) <= STYLES[look].width for line in text.splitlines())


def test_three_applications_stand_below_each_other(broken, fixed, approve):
    approve(comparison([broken, fixed, replace(fixed, app="wrong_lock.py")], Style()))


def test_without_a_common_order_there_are_counts(broken, fixed, approve):
    assert common_order([broken, replace(fixed, shown=())]) is None
    approve(comparison([broken, replace(fixed, shown=())], Style()))


def test_the_first_example_is_preferred(broken, fixed):
    again = replace(fixed, shown=(*fixed.shown, replace(fixed.shown[0], order="2:aa")))
    assert common_order([broken, again]) == "2:aa"
    assert common_order([again, broken]) == "2:aa"


def test_one_side_may_have_more_steps(broken, fixed, approve):
    longer = replace(fixed.shown[0], steps=(*fixed.shown[0].steps, replace(fixed.shown[0].steps[2], number=4)))
    approve(comparison([broken, replace(fixed, shown=(longer,))], Style()))


def test_other_requests_stand_below_each_other(broken, fixed, approve):
    """A redirect on one side only: there is no row that both share."""
    first, *rest = fixed.shown[0].steps
    other = replace(fixed.shown[0], steps=(first, replace(first, number=2, request="GET /login"), *rest))
    approve(comparison([broken, replace(fixed, shown=(other,))], Style()))


def test_an_order_without_steps_is_not_known(broken, fixed):
    empty = replace(fixed, shown=(replace(fixed.shown[0], steps=()),))
    assert common_order([broken, empty]) is None


def test_names_are_as_long_as_they_must_be(broken, fixed):
    def names(*apps):
        return short_names([replace(broken, app=app) for app in apps])

    assert names("lost-write broken (flask)", "lost-write fixed (flask)") == ["broken", "fixed"]
    assert names("lost-write broken (flask)", "lost-write broken (django)") == ["(flask)", "(django)"]
    assert names("a.py", "b.py") == ["a.py", "b.py"]
    assert names("a.py", "a.py") == ["a.py", "a.py"]
    assert names("one", "one more") == ["one", "one more"]
    assert names("x y") == ["x y"]
