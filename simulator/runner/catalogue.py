"""The catalogue: finding the scenarios that come with the package, and a place to run each of them.

Rule: a scenario's own folder is only read. Its applications run in a copy (`workspace`), so that they can write
files and databases beside themselves, several at a time, wherever the package is installed.
"""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from simulator.errors import ScenarioNotFound, UsageError
from simulator.runner.plan import Plan
from simulator.stores.copies import temporary_copy
from simulator.story.scenario import Scenario, Variant

_FILE = "scenario.py"
_NOT_COPIED = shutil.ignore_patterns("__pycache__", _FILE, "*.md")


def names() -> tuple[str, ...]:
    """The names of all scenarios, sorted."""
    return tuple(sorted(path.parent.name for path in root().glob(f"*/{_FILE}")))


def find(name: str) -> tuple[Scenario, Path]:
    """The scenario of this name and its folder. Raises ScenarioNotFound."""
    if name not in names():
        near = difflib.get_close_matches(_slug(name), names(), n=1)
        guess = f" Did you mean {near[0]}?" if near else ""
        raise ScenarioNotFound(f'no scenario "{name}".{guess}', do=("All: workersim list",))
    folder = root() / name
    return load(folder), folder


def load(folder: Path) -> Scenario:
    """The `SCENARIO` of the file `scenario.py` in `folder`. Raises UsageError; what the file raises passes through."""
    path = folder / _FILE
    spec = spec_from_file_location(f"_scenario_{folder.name.replace('-', '_')}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"there is no {_FILE} in {folder}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    scenario = getattr(module, "SCENARIO", None)
    if not isinstance(scenario, Scenario):
        raise UsageError(f"{path} holds no SCENARIO", do=("SCENARIO = Scenario(name=..., ...)",))
    return scenario


def lesson(name: str) -> str:
    """The lesson's text (Markdown). Raises ScenarioNotFound."""
    _, folder = find(name)
    return (folder / "lesson.md").read_text(encoding="utf-8")


@contextmanager
def workspace(scenario: Scenario, folder: Path, variant: Variant) -> Iterator[Path]:
    """A copy of `folder` in which `variant` is ready to start: its files are there, and it was prepared.

    The copy is gone afterwards. Raises UsageError if the preparation fails.
    """
    with temporary_copy() as copy:
        place = copy / folder.name
        shutil.copytree(folder, place, ignore=_NOT_COPIED)
        for file, text in scenario.files.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_text(text, encoding="utf-8")
        if variant.prepare:
            _prepare(variant, place)
        yield place


def plan(scenario: Scenario, variant: Variant, place: Path) -> Plan:
    """How the lesson is run: `variant` in its workspace `place`, with the scenario's number of workers."""
    return Plan(
        target=variant.app,
        cwd=place,
        copy=place.parent,
        story=scenario.story_of(variant),
        workers=scenario.workers,
        routing=variant.routing,
        stores=(*scenario.stores, *(file for file in scenario.files if file not in scenario.stores)),
        env=variant.env,
        server=variant.server,
        title=f"{scenario.name} {variant.name} ({variant.framework})",
        notes=(variant.reason,) if variant.reason else (),
    )


def root() -> Path:
    """The folder of all scenarios: inside an installed package, beside the package in a checkout."""
    package = Path(str(files("simulator")))
    installed = package / "scenarios"
    if installed.is_dir():
        return installed
    return package.parent / "scenarios"


def _slug(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def _prepare(variant: Variant, place: Path) -> None:
    done = subprocess.run(
        [sys.executable, *variant.prepare],
        cwd=place,
        env={**os.environ, **variant.env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        command = " ".join(("python", *variant.prepare))
        raise UsageError(
            f"the {variant.framework} variant {variant.name} could not be prepared: {command} failed",
            why=tuple((done.stderr or done.stdout).strip().splitlines()[-3:]),
            do=(f"Is {variant.framework} installed here?  pip install {variant.framework}",),
        )
