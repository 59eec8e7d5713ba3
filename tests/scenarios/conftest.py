"""What the tests of the lessons share: every lesson and variant as a parameter."""

from __future__ import annotations

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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    lessons = [Lesson(scenario=found[0], folder=found[1]) for found in map(catalogue.find, catalogue.names())]
    cases = [Case(lesson=lesson, variant=variant) for lesson in lessons for variant in lesson.scenario.variants]
    if "lesson" in metafunc.fixturenames:
        metafunc.parametrize("lesson", lessons, ids=[lesson.scenario.name for lesson in lessons])
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", cases, ids=[case.label for case in cases])
    if "keeping" in metafunc.fixturenames:
        keeping = [case for case in cases if case.variant.is_fixed and "items.db" in case.lesson.scenario.stores]
        metafunc.parametrize("keeping", keeping, ids=[case.label for case in keeping])
