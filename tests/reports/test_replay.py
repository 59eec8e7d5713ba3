from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.reports.layout import width_of
from simulator.reports.predict import question
from simulator.reports.replay import answered, asked, predicted
from simulator.reports.style import Style

STYLES = {"80": Style(), "40": Style(width=40), "80-colour": Style(colour=True), "80-ascii": Style(unicode=False)}


def whole(steps, style):
    parts = (part(steps, index, style) for index in range(len(steps)) for part in (asked, predicted, answered))
    return "".join(parts)


@pytest.mark.parametrize("look", STYLES)
def test_every_step(look, broken, fixed, approve):
    approve(whole(broken.examples[0].steps, STYLES[look]), name="lost")
    approve(whole(broken.shown[0].steps, STYLES[look]), name="both")
    approve(whole(fixed.shown[0].steps, STYLES[look]), name="fixed")


def test_steps_outside_the_workers(stale, approve):
    approve(whole(stale.examples[0].steps, Style()))


def test_a_narrow_terminal(hostile):
    text = whole(hostile.examples[0].steps, Style(width=40))
    assert all(width_of(line) <= 40 for line in text.splitlines())


def test_the_right_answer_is_among_the_choices(broken):
    steps = broken.shown[0].steps
    asking = question(steps, 2)
    assert asking is not None
    assert asking.choices == ('["bob-1"]', '["alice-1"]')
    assert asking.choices[asking.right] == '["alice-1"]'


def test_nothing_is_asked_where_only_one_answer_suggests_itself(broken):
    steps = broken.shown[0].steps
    assert question(steps, 0) is None
    assert question(tuple(replace(step, answer="same") for step in steps), 2) is None
    assert question((*steps, replace(steps[0], user="world", worker=None, answer="")), 3) is None
