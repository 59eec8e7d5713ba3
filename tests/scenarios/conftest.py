"""What the tests of the lessons share: every lesson and variant as a parameter."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.runner import catalogue
from simulator.story.scenario import Scenario, Variant


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A scenario with the folder it was found in."""

    scenario: Scenario
    folder: Path

    @property
    def application_files(self) -> list[Path]:
        files = (path for path in sorted(self.folder.rglob("*.py")) if path.name != "scenario.py")
        return [path for path in files if path.stat().st_size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One variant of a lesson."""

    lesson: Lesson
    variant: Variant

    @property
    def label(self) -> str:
        return f"{self.lesson.scenario.name}-{self.variant.framework}-{self.variant.name}"

    @property
    def keeps(self) -> bool:
        """A remedy that stores what users write."""
        return self.variant.is_fixed and "items.db" in self.lesson.scenario.stores

    @property
    def is_chosen(self) -> bool:
        """The Flask programs, unless everything is asked for (see test_contract.py)."""
        return self.variant.framework == "flask" or os.environ.get("WORKERSIM_CONTRACT") == "full"

    @property
    def is_to_be_shortened(self) -> bool:
        """Three of them, unless everything is asked for: shortening runs a story some thirty times."""
        few = {"lost-write-flask-broken", "lost-write-flask-wrong-sticky", "cross-user-leak-flask-broken"}
        return self.label in few or os.environ.get("WORKERSIM_CONTRACT") == "full"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    lessons = [Lesson(scenario=found[0], folder=found[1]) for found in map(catalogue.find, catalogue.names())]
    cases = [Case(lesson=lesson, variant=variant) for lesson in lessons for variant in lesson.scenario.variants]
    parameters = {
        "lesson": [(lesson.scenario.name, lesson) for lesson in lessons],
        "case": [(case.label, case) for case in cases],
        "keeping": [(case.label, case) for case in cases if case.keeps],
        "played": [(case.label, case) for case in cases if case.is_chosen or not case.variant.is_wrong_fix],
        "one_of_each": [(case.label, case) for case in cases if case.is_chosen and not case.variant.is_wrong_fix],
        "broken": [(case.label, case) for case in cases if case.variant.is_broken and case.is_chosen],
        "breaking": [(case.label, case) for case in cases if case.variant.expects and case.is_to_be_shortened],
    }
    for name, rows in parameters.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, [row for _, row in rows], ids=[label for label, _ in rows])
