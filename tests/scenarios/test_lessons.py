"""Each lesson before anything is run on workers: its files, its declarations, its text."""

from __future__ import annotations

import re

from simulator.checkers.finding import Anomaly
from simulator.runner import catalogue
from simulator.story.line import Request
from simulator.story.scenario import Where

LINES = {"flask": 30, "fastapi": 30, "django": 40}
"""The longest application file. A Django file brings its settings and its command line along, hence ten more."""
NAMED_AFTER_A_FINDING = {"stale-value", "cross-user-leak", "lost-write"}


def framework_of(path):
    if path.parent.name == "notes":
        return "django"
    return path.name.partition("_")[0] if path.name.startswith(("django_", "fastapi_")) else "flask"


def test_the_three_problems_of_the_article_and_why_they_do_not_show_at_home_are_there():
    assert {*NAMED_AFTER_A_FINDING, "why-not-locally"} <= set(catalogue.names())


def test_a_lesson_is_named_as_its_folder_and_says_in_a_line_what_it_is_about(lesson):
    scenario = lesson.scenario
    assert scenario.name == lesson.folder.name
    assert 10 < len(scenario.title) < 70
    assert 20 < len(scenario.summary) < 130
    assert not scenario.title.endswith(".")


def test_application_files_are_short_enough_to_be_read_at_once(lesson):
    for path in lesson.application_files:
        assert len(path.read_text().splitlines()) <= LINES[framework_of(path)], path


def test_every_application_file_is_used(lesson):
    used = {variant.app.partition(":")[0] for variant in lesson.scenario.variants}
    files = {str(path.relative_to(lesson.folder)) for path in lesson.application_files}
    helpers = {file for file in files if file == "shelf.py" or file.startswith("notes/")}
    assert files - helpers == used


def test_each_framework_has_what_breaks_what_does_not_and_what_only_looks_like_a_cure(lesson):
    scenario = lesson.scenario
    assert scenario.frameworks == ("flask", "django", "fastapi")
    labels = [(variant.framework, variant.name) for variant in scenario.variants]
    assert len(set(labels)) == len(labels)
    for framework in scenario.frameworks:
        names = [variant.name for variant in scenario.variants if variant.framework == framework]
        assert names[0] == "broken"
        if scenario.name in NAMED_AFTER_A_FINDING:
            assert names[1] == "fixed"
            assert 1 <= len(names[2:]) <= 4
            assert all(name.startswith("wrong-") for name in names[2:])


def test_a_variant_declares_what_it_must_show(case):
    scenario, variant = case.lesson.scenario, case.variant
    known = {str(anomaly) for anomaly in Anomaly}
    assert variant.expects | variant.at_one_worker | variant.after_reload <= known
    assert bool(variant.expects) is not variant.is_fixed
    assert bool(variant.fewest_steps) is not variant.is_fixed
    assert bool(variant.reason) is variant.is_wrong_fix
    if variant.is_broken and scenario.name in NAMED_AFTER_A_FINDING:
        assert scenario.name in variant.expects
    if variant.is_broken or variant.is_fixed:
        assert variant.story is None, "broken and fixed are told the same story"


def test_the_lines_at_fault_are_in_the_files_once_each(case):
    for where in (case.variant.where, case.variant.changed):
        if isinstance(where, Where):
            lines = [line.strip() for line in (case.lesson.folder / where.file).read_text().splitlines()]
            assert lines.count(where.text) == 1, where


def test_a_wrong_cure_says_in_a_sentence_or_two_why_it_is_none(case):
    if case.variant.is_wrong_fix:
        assert re.fullmatch(r"[A-Za-z].{40,200}\.", case.variant.reason)


def test_an_application_answers_whether_there_is_something_to_show_or_not(case, visit):
    scenario, variant = case.lesson.scenario, case.variant
    lines = [line.act for line in scenario.story_of(variant).lines if isinstance(line.act, Request)]
    filled = [line.filled(lambda name: f"token-{name}") for line in lines]
    asks = [(line.method, line.path, dict(line.fields)) for line in filled]
    reads = [ask for ask in asks if ask[0] == "GET" and "token" not in ask[1]]
    with catalogue.workspace(scenario, case.lesson.folder, variant) as place:
        answers = visit(place, variant.app.removesuffix(".py"), variant.framework, [*reads[:1], *asks])
    assert reads
    assert [status for status, _ in answers] == [200] * len(answers)


def test_a_remedy_keeps_what_was_written(keeping, visit):
    asks = [("GET", "/add/one", {}), ("GET", "/add/two", {}), ("GET", "/view", {})]
    with catalogue.workspace(keeping.lesson.scenario, keeping.lesson.folder, keeping.variant) as place:
        module = keeping.variant.app.removesuffix(".py")
        visit(place, module, keeping.variant.framework, asks[:1])
        (_, text), (_, again) = visit(place, module, keeping.variant.framework, asks[1:])
    assert text == again
    assert "two" in again
    assert ("one" in again) is (keeping.lesson.scenario.name == "lost-write"), "another browser is another user"


def test_the_text_tells_what_is_seen_what_happens_three_hints_and_why_wrong_cures_are_wrong(lesson):
    text = catalogue.lesson(lesson.scenario.name)
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert headings == ["What you will see", "What happens", "The cure", "Hints", "Cures that do not cure"]
    parts = dict(zip(headings, re.split(r"^## .+$", text, flags=re.MULTILINE)[1:], strict=True))
    assert re.findall(r"^(\d)\. ", parts["Hints"], flags=re.MULTILINE) == ["1", "2", "3"]
    wrong = {variant.name for variant in lesson.scenario.variants if variant.is_wrong_fix}
    assert len(re.findall(r"^- \*\*", parts["Cures that do not cure"], flags=re.MULTILINE)) >= len(wrong)
    assert max(len(line) for line in text.splitlines()) <= 120
