from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.reports.compare import common_order, comparison
from simulator.reports.layout import width_of
from simulator.reports.style import Style

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
