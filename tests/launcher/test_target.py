"""What a person writes to name an application, taken apart."""

from __future__ import annotations

import pytest

from simulator.errors import AppNotFound
from simulator.launcher.target import Target, parse


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("app.py", Target(text="app.py", place="app.py")),
        ("pkg.module", Target(text="pkg.module", place="pkg.module")),
        ("pkg.module:app", Target(text="pkg.module:app", place="pkg.module", attribute="app")),
        ("a.py:site.app", Target(text="a.py:site.app", place="a.py", attribute="site.app")),
        ("a:make()", Target(text="a:make()", place="a", attribute="make", call=((), {}))),
        (
            "a:make('x', [1], debug=True)",
            Target(
                text="a:make('x', [1], debug=True)", place="a", attribute="make", call=(("x", [1]), {"debug": True})
            ),
        ),
    ],
)
def test_parts(text: str, target: Target) -> None:
    assert parse(text) == target


@pytest.mark.parametrize("text", ["a:", "a:1", "a:make(name)", "a:make(**{})", "a:b c", "a:make()()", "a:import os"])
def test_what_is_no_name_and_no_plain_call(text: str) -> None:
    with pytest.raises(AppNotFound, match="does not name an app"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "is_path"), [("a.py", True), ("shop/", True), (".", True), ("shop", False), ("shop.views", False)]
)
def test_paths_are_told_from_modules(text: str, is_path: bool) -> None:
    assert parse(text).is_path is is_path
