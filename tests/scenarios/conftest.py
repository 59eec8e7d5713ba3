"""What the tests of the lessons share: every lesson and variant as a parameter, and visits to an application."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.runner import catalogue
from simulator.story.scenario import Scenario, Variant

Ask = tuple[str, str, dict[str, str]]
"""Method, path and form fields."""
Visit = Callable[[Path, str, str, list[Ask]], list[tuple[int, str]]]


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


@pytest.fixture(scope="session")
def frameworks() -> None:
    """The frameworks are imported before the forks, so that not every child has to."""
    import django.test
    import fastapi
    import flask

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient` is deprecated")
        import starlette.testclient
    assert all((django.test, fastapi, flask, starlette.testclient))


@pytest.fixture
def visit(frameworks: None) -> Visit:
    """`visit(place, module, framework, asks)`: status and text of each answer, by the framework's own test client.

    The application is imported in a forked process, so that one test's modules and settings do not reach the next.
    """
    return _in_child


def _in_child(place: Path, module: str, framework: str, asks: list[Ask]) -> list[tuple[int, str]]:
    fork = multiprocessing.get_context("fork")
    near, far = fork.Pipe(duplex=False)
    child = fork.Process(target=_send, args=(far, place, module, framework, asks), daemon=True)
    child.start()
    far.close()
    try:
        assert near.poll(30), "the application did not answer within 30 s"
        answers, trouble = near.recv()
    finally:
        child.kill()
        child.join()
        child.close()
        near.close()
    assert not trouble, trouble
    return answers


def _send(far: Any, place: Path, module: str, framework: str, asks: list[Ask]) -> None:
    try:
        os.chdir(place)
        sys.path.insert(0, str(place))
        far.send((_ask[framework](importlib.import_module(module), asks), ""))
    except BaseException as error:
        far.send((None, f"{type(error).__name__}: {error}"))


def _ask_flask(module: Any, asks: list[Ask]) -> list[tuple[int, str]]:
    client = module.app.test_client()
    answers = [client.open(path, method=method, data=data or None) for method, path, data in asks]
    return [(answer.status_code, answer.text) for answer in answers]


def _ask_django(module: Any, asks: list[Ask]) -> list[tuple[int, str]]:
    from django.test import Client

    client = Client()
    answers = [getattr(client, method.lower())(path, data) for method, path, data in asks]
    return [(answer.status_code, answer.content.decode()) for answer in answers]


def _ask_fastapi(module: Any, asks: list[Ask]) -> list[tuple[int, str]]:
    from starlette.testclient import TestClient

    with TestClient(module.app) as client:
        answers = [client.request(method, path, data=data or None) for method, path, data in asks]
    return [(answer.status_code, answer.text) for answer in answers]


_ask = {"flask": _ask_flask, "django": _ask_django, "fastapi": _ask_fastapi}
