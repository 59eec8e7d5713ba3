"""`workersim compare`: two apps, or two variants of a scenario, in the same order."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

Workersim = Callable[..., Any]
Approve = Callable[..., None]

APPS = Path(__file__).parent / "apps"
PATHS = ("--write", "/add/VALUE", "--read", "/view")


def test_a_scenario_broken_and_fixed(workersim: Workersim, approve: Approve) -> None:
    ran = workersim("compare", "lost-write", "--order", "2:aa")
    approve(ran.text, exit_code=ran.code)


def test_two_apps(workersim: Workersim, approve: Approve, tmp_path: Path) -> None:
    for name in ("broken.py", "fixed.py"):
        shutil.copy(APPS / name, tmp_path)
    ran = workersim("compare", "broken.py", "fixed.py", *PATHS, "--order", "2:abb")
    approve(ran.text, exit_code=ran.code)


def test_without_an_order_the_first_that_fails_is_shown(workersim: Workersim) -> None:
    ran = workersim("compare", "lost-write", "--load", "once", "--html", "both.html")
    assert ran.code == 1
    assert ran.out.startswith("order 2:aa ")
    assert "0 of 6 orders broken" in ran.out
    assert "fixed" in Path("both.html").read_text()


def test_as_json(workersim: Workersim) -> None:
    ran = workersim("compare", "lost-write", "--order", "2:aa", "--json")
    compared = json.loads(ran.out)
    assert ran.code == 1
    assert compared["verdict"] == "problem"
    assert [one["verdict"] for one in compared["results"]] == ["problem", "ok"]


def test_a_wrong_fix_beside_the_broken_variant(workersim: Workersim) -> None:
    ran = workersim("compare", "lost-write", "--with", "wrong-lock", "--order", "2:aa", "--json")
    assert [one["verdict"] for one in json.loads(ran.out)["results"]] == ["problem", "problem"]


def test_an_order_that_is_too_short_says_why(workersim: Workersim, approve: Approve, tmp_path: Path) -> None:
    for name in ("broken.py", "fixed.py"):
        shutil.copy(APPS / name, tmp_path)
    ran = workersim("compare", "broken.py", "fixed.py", *PATHS, "--order", "2:a")
    approve(ran.text, exit_code=ran.code)
