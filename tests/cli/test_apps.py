"""What people see for good apps and for bad ones: the whole text and the exit code, on wide and narrow screens.

Each command runs for real once; the other forms print what that run found out.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.commands import run as run_command
from simulator.errors import WorkersimError
from simulator.result import Result

Forms = Callable[..., tuple[int, str]]
Approve = Callable[..., None]

HERE = Path(__file__).parent
PATHS = ("--write", "/add/VALUE", "--read", "/view")

TOLD = {
    "broken": (1, ("broken.py", *PATHS)),
    "broken-one-order": (1, ("broken.py", *PATHS, "--order", "2:abb", "-v")),
    "broken-quiet": (1, ("broken.py", *PATHS, "--order", "2:aa", "-q")),
    "article-as-it-stands": (4, ("article.py", *PATHS)),
    "fixed": (0, ("fixed.py", *PATHS, "--store", "items.db", "--order", "2:aabb")),
    "shared": (0, ("shared.py", *PATHS, "--shared", "--store", "items.db", "--order", "2:aab")),
    "shared-not-said": (1, ("shared.py", *PATHS, "--store", "items.db", "--order", "2:aab")),
    "hangs": (4, ("hangs.py", *PATHS, "--timeout", "0.3", "--order", "2:ab")),
    "raises": (4, ("raises.py", *PATHS, "--order", "2:aa")),
    "dies-while-serving": (
        4,
        ("dies_in_view.py", "--write", "/crash?item=VALUE", "--read", "/crash", "--order", "2:ab"),
    ),
    "escape-sequences": (1, ("escapes.py", *PATHS, "--order", "2:aa")),
    "redirects": (1, ("posts.py", "--write", "POST /cart item=VALUE", "--read", "/cart", "--order", "2:abaa")),
    "stale": (1, ("stale.py", "--story", "stories/price.story", "--store", "price.txt", "--order", "2:waw")),
    "other-paths": (4, ("broken.py", "--write", "/put/VALUE", "--read", "/get", "--order", "2:aa")),
    "nothing-stored": (4, ("posts.py", "--write", "POST /cart thing=VALUE", "--read", "/cart", "--order", "2:aa")),
    "nothing-read": (1, ("broken.py", "--write", "/add/VALUE", "--order", "2:ab")),
    "bare-wsgi": (1, ("bare.py", *PATHS, "--order", "3:aa")),
    "fastapi": (1, ("api.py", "--write", "POST /notes/VALUE", "--read", "/notes", "--order", "2:aa")),
    "sticky": (1, ("broken.py", *PATHS, "--order", "2:aRa~sticky")),
    "scenario": (1, ("lost-write", "--order", "2:aa")),
    "scenario-fixed": (0, ("lost-write", "--variant", "fixed", "--order", "2:aa")),
}

BAD = {
    "no-such-file": ("flask_ap.py",),
    "no-such-module": ("no.such.module",),
    "no-such-attribute": ("two_apps.py:third",),
    "no-app": ("no_app.py",),
    "not-an-app": ("not_an_app.py",),
    "not-an-app-made": ("not_an_app.py:make",),
    "two-apps": ("two_apps.py",),
    "import-raises": ("import_raises.py",),
    "missing-module": ("no_module.py",),
    "missing-sibling": ("mysite:app",),
    "circular-import": ("circle.one",),
    "exits-at-import": ("exits_at_import.py",),
    "leaves-at-import": ("leaves_at_import.py",),
    "dies-at-import": ("dies_at_import.py",),
    "dies-after-fork": ("dies_after_fork.py",),
    "never-ends": ("never_ends.py", "--load-timeout", "1"),
    "startup-fails": ("startup_fails.py",),
    "startup-hangs": ("startup_hangs.py", "--load-timeout", "3"),
    "factory-needs-more": ("factories.py:needs_name()",),
    "factory-raises": ("factories.py:raises()",),
    "factory-makes-nothing": ("factories.py:makes_nothing()",),
}


@pytest.fixture
def site() -> Iterator[Path]:
    """All apps in one folder whose name is always of the same length, so that lines always break alike."""
    folder = Path(tempfile.mkdtemp(prefix="workersim-", dir="/tmp")).resolve()
    (folder / "price.txt").write_text("1")
    for source in (HERE.parent / "apps" / "bad", HERE / "apps"):
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def run_once(workersim: object, monkeypatch: pytest.MonkeyPatch, site: Path) -> None:
    """The second and later runs of one test find out what the first did, with what differs between machines masked."""
    known: list[Result | WorkersimError] = []
    execute = run_command.execute

    def remembered(*args: Any, **options: Any) -> Result:
        if not known:
            try:
                known.append(_without_effort(execute(*args, **options)))
            except WorkersimError as trouble:
                known.append(_masked(trouble, site))
        if isinstance(known[0], WorkersimError):
            raise known[0]
        return known[0]

    monkeypatch.setattr(run_command, "execute", remembered)
    monkeypatch.chdir(site)


def _without_effort(result: Result) -> Result:
    """How long it took and how many runs that were is no promise."""
    claim = re.sub(r"\d+ requests run", "12 requests run", result.orders.claim)
    return replace(result, took_s=0.3, runs=9, orders=replace(result.orders, claim=claim))


def _masked(trouble: WorkersimError, site: Path) -> WorkersimError:
    def mask(line: str) -> str:
        return line.replace(sys.executable, "/venv/bin/python").replace(str(site), "/home/mia/mysite")

    return type(trouble)(mask(trouble.what), why=list(map(mask, trouble.why)), do=list(map(mask, trouble.do)))


@pytest.mark.usefixtures("run_once")
@pytest.mark.parametrize("name", TOLD)
def test_an_app_that_runs(forms: Forms, approve: Approve, name: str) -> None:
    expected, argv = TOLD[name]
    code, text = forms("run", *argv)
    approve(text, exit_code=code)
    assert code == expected


@pytest.mark.usefixtures("run_once")
@pytest.mark.parametrize("name", BAD)
def test_an_app_that_cannot_be_loaded(forms: Forms, approve: Approve, name: str) -> None:
    code, text = forms("run", *BAD[name], *PATHS)
    assert code == 3
    approve(text, exit_code=code)
