"""The pytest plugin: the fixture `multiworker`, the marker of the same name, ini options and `--workersim-html`.

Rule: pytest loads this file in every run, so it imports nothing of the package until the fixture is used.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.testing import Multiworker

NAME = "multiworker"
_INI: tuple[tuple[str, str], ...] = (
    ("app", "the application, where a test names none: flask_app:app"),
    ("workers", "how many workers (default 2)"),
    ("load", "once, per-worker or both (default)"),
    ("routing", "round-robin (default), sticky or random"),
    ("orders", "how many orders to play where not all can be explored, or all (default 100)"),
    ("seed", "which orders are drawn then (default 0)"),
    ("timeout", "longest wait for an answer in seconds (default 5)"),
    ("load_timeout", "longest wait for the application to load in seconds (default 10)"),
)
_INI_LINES: tuple[tuple[str, str], ...] = (
    ("store", "data outside the workers that is put back before each order: items.db"),
    ("env", "NAME=VALUE: a variable of the application"),
)
_PARAMETERS = ("workers", "load", "routing")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--workersim-html`, and one ini option for each setting; `[tool.workersim]` is read too."""
    group = parser.getgroup("workersim", "applications on several workers")
    group.addoption("--workersim-html", metavar="DIR", help="write a page for each check of multiworker to DIR")
    for name, what in _INI:
        parser.addini(f"workersim_{name}", f"multiworker: {what}", default=None)
    for name, what in _INI_LINES:
        parser.addini(f"workersim_{name}", f"multiworker: {what}", type="linelist", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known to --strict-markers."""
    line = "multiworker(workers=[2, 3], load=['once', 'per-worker']): run the test with each of these"
    config.addinivalue_line("markers", line)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each combination of what the marker lists."""
    if NAME not in metafunc.fixturenames:
        return
    said: dict[str, Any] = {}
    for mark in metafunc.definition.iter_markers(NAME):  # the closest one comes first
        said = {**mark.kwargs, **said}
        if mark.args or not set(mark.kwargs) <= set(_PARAMETERS):
            known = ", ".join(f"{name}=[...]" for name in _PARAMETERS)
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: the marker multiworker takes {known}")
    if said:
        ways = [dict(zip(said, values, strict=True)) for values in itertools.product(*map(_several, said.values()))]
        metafunc.parametrize(NAME, ways, ids=["-".join(map(str, way.values())) for way in ways], indirect=True)


def _several(value: Any) -> list[Any] | tuple[Any, ...]:
    return value if isinstance(value, list | tuple) else [value]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The summary says what was found, not by which exception it got there."""
    report = yield
    crash = getattr(report.longrepr, "reprcrash", None)
    if NAME in getattr(item, "fixturenames", ()) and crash is not None:
        crash.message = crash.message.removeprefix("Failed: ")
    return report


@pytest.fixture
def multiworker(request: pytest.FixtureRequest) -> Multiworker:
    """`multiworker("flask_app:app").check(STORY)`: fails if some order of the story goes wrong on two workers.

    `multiworker(app, workers=2, load="once", stores=["items.db"])` names the application; `.check(story)` tries
    every order and routing, `.check(story, order="2:aa")` one; `.run(story)` returns a report whose methods state
    one thing each: no_lost_writes, no_leaks, never_stale, same_on_every_worker, survives_reload.
    """
    from simulator.testing import Multiworker

    said: Mapping[str, Any] = getattr(request, "param", {})
    return Multiworker(request, said)
