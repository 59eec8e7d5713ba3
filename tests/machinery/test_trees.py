"""What a zygote is kept for: the next launcher of the same application, which must notice nothing of the last one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.launcher.launcher import Launcher
from simulator.launcher.trees import Trees
from simulator.story.schedule import LoadMode
from tests.machinery.conftest import Line

APP = """
import json, os, random, subprocess, sys, time, uuid
from click import version_option  # a framework that is known
started = []
zygote = os.getppid()  # it has forked the process that loads
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
drawn = [str(uuid.uuid4()), uuid.getnode(), random.random(), time.time()]
print("loaded")

def app(environ, start_response):
    started.append(1)
    seen = {name: os.environ.get(name) for name in ("PYTEST_CURRENT_TEST", "SHOP")}
    start_response("200 OK", [])
    return [json.dumps({"started": len(started), "zygote": zygote, **seen, "drawn": drawn}).encode()]
"""


@pytest.fixture
def trees() -> Iterator[Trees]:
    kept = Trees(most=2)
    yield kept
    kept.close()
    assert not psutil.Process().children()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(APP)
    return tmp_path


def visited(trees: Trees, folder: Path, **options: Any) -> dict[str, Any]:
    """What the first request is told of an application that is launched for it."""
    with Launcher(target="shop.py", cwd=folder, trees=trees, owns_time_and_chance=True, **options) as launcher:
        launcher.load()
        launcher.fork(2, LoadMode.ONCE)
        launcher.reload()
        assert [line[-1] for line in launcher.drain_logs()] == ["loaded", "loaded"]
        answer = Line(launcher, 1).ask("/")
    return dict(json.loads(answer.body))


def test_the_next_launcher_loads_anew_from_the_same_zygote(trees: Trees, folder: Path) -> None:
    before = threading.active_count()
    first = visited(trees, folder)
    (zygote,) = psutil.Process().children(recursive=True)
    assert threading.active_count() == before
    second = visited(trees, folder)
    assert first == second
    assert first["zygote"] == zygote.pid
    assert psutil.Process().children(recursive=True) == [zygote]
    (folder / "shop.py").write_text((folder / "shop.py").read_text().replace("len(started)", "'edited'"))
    edited = visited(trees, folder)
    assert edited == {**first, "started": "edited"}


def test_a_zygote_that_was_begun_early_is_the_first_one_taken(trees: Trees, folder: Path) -> None:
    trees.begin(cwd=folder, env={"PYTHONHASHSEED": "0"})
    (zygote,) = psutil.Process().children()
    assert visited(trees, folder)["zygote"] == zygote.pid


@pytest.mark.parametrize("other", [{"seed": 3}, {"env": {"SHOP": "early"}}])
def test_a_zygote_that_was_begun_for_something_else_ends(trees: Trees, folder: Path, other: dict[str, Any]) -> None:
    trees.begin(cwd=folder, env={"PYTHONHASHSEED": "0"})
    (begun,) = psutil.Process().children()
    found = visited(trees, folder, **other)
    assert not psutil.pid_exists(begun.pid)
    assert found["SHOP"] == other.get("env", {}).get("SHOP")


def test_a_zygote_that_is_not_needed_ends(folder: Path) -> None:
    trees = Trees()
    trees.begin(cwd=folder, env={})
    trees.close()
    assert not psutil.Process().children()


def test_seed_and_time_of_a_run_are_those_of_a_fresh_zygote(trees: Trees, folder: Path) -> None:
    fixed = {"PYTHONHASHSEED": "1"}  # else each seed has a zygote of its own
    ways: list[dict[str, Any]] = [{"seed": 1}, {"seed": 2}, {"seed": 2, "epoch_s": 2e9}, {"seed": 1}]
    kept = [visited(trees, folder, env=fixed, **way) for way in ways]
    fresh = [visited(Trees(), folder, env=fixed, **way) for way in ways]
    assert len({one["zygote"] for one in kept}) == 1
    assert [one["drawn"] for one in kept] == [one["drawn"] for one in fresh]
    assert len({json.dumps(one["drawn"]) for one in kept}) == 3


def test_another_environment_folder_or_target_has_another_zygote(
    trees: Trees, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = visited(trees, folder)
    monkeypatch.setenv("SHOP", "other")
    other = visited(trees, folder)
    assert (first["SHOP"], other["SHOP"]) == (None, "other")
    assert other["zygote"] != first["zygote"]
    monkeypatch.delenv("SHOP")
    assert visited(trees, folder)["zygote"] == first["zygote"]
    text = (folder / "shop.py").read_text()
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "shop.py").write_text(text)
    assert visited(trees, folder)["zygote"] not in (first["zygote"], other["zygote"])
    assert len(psutil.Process().children()) == 2, "the one that was not used for longest is gone"


def test_the_name_of_the_test_that_runs_is_told_to_each_load(
    trees: Trees, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    for name in ("one", "two"):
        monkeypatch.setenv("PYTEST_CURRENT_TEST", name)
        answers.append(visited(trees, folder))
    assert [one["PYTEST_CURRENT_TEST"] for one in answers] == ["one", "two"]
    assert answers[0]["zygote"] == answers[1]["zygote"]


def test_what_was_interrupted_is_not_kept(trees: Trees, folder: Path) -> None:
    def interrupted() -> None:
        with Launcher(target="shop.py", cwd=folder, trees=trees) as launcher:
            launcher.begin_load()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not psutil.Process().children()


def test_a_zygote_that_died_is_replaced(trees: Trees, folder: Path) -> None:
    with Launcher(target="shop.py", cwd=folder, trees=trees, owns_time_and_chance=True) as launcher:
        launcher.load()
        (zygote,) = psutil.Process().children()
        below = zygote.children(recursive=True)
        zygote.kill()
    for process in below:  # what the application has detached is nobody's now
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    assert not psutil.Process().children()
    first = visited(trees, folder)
    kept = psutil.Process(first["zygote"])
    kept.kill()
    kept.wait()
    assert visited(trees, folder)["zygote"] != first["zygote"]


MAKER = """
import os, signal, sys, time
from pathlib import Path
from simulator.launcher.launcher import Launcher
from simulator.launcher.trees import Trees
trees = Trees(most=1)
with Launcher(target="shop.py", cwd=Path(sys.argv[1]), trees=trees) as launcher:
    launcher.load()
if os.fork() == 0:
    trees.close()
    time.sleep(600)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("end", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_what_is_kept_ends_with_its_maker(folder: Path, end: str, eventually: Callable[..., bool]) -> None:
    """Also where a process lives on that was forked from it, and has all that was open then."""
    with subprocess.Popen([sys.executable, "-c", MAKER, str(folder)], stdout=subprocess.PIPE, stderr=-3) as maker:
        assert maker.stdout is not None
        assert maker.stdout.readline() == b"ready\n"
        below = psutil.Process(maker.pid).children(recursive=True)
        zygote = next(process for process in below if "zygote.py" in " ".join(process.cmdline()))
        (child,) = (process for process in below if process != zygote)
        assert zygote.is_running()
        os.kill(maker.pid, getattr(signal, end))
        maker.wait(10)
        assert eventually(lambda: not zygote.is_running() or zygote.status() == psutil.STATUS_ZOMBIE)
        assert child.is_running()
        child.kill()
