"""What all tests share: texts that were read by a person once, and visits to applications in their own frameworks."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from simulator.launcher import launcher
from simulator.launcher.tree import Tree
from simulator.launcher.trees import Trees

Approve = Callable[..., None]
Ask = tuple[str, str, dict[str, str]]
"""Method, path and form fields."""
Visit = Callable[[Path, str, str, list[Ask]], list[tuple[int, str]]]


def pytest_configure() -> None:
    """Whoever starts tests in the background has them ignore what ends a process, and all that they start in turn."""
    for ending in (signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ending, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


WARM = frozenset({"cli", "explore", "launcher", "machinery", "reports", "runner", "scenarios"})
"""Folders of tests whose applications are forked from zygotes that are kept. How those begin and end is not their
subject, but for some files:
"""
COLD = frozenset(
    {
        "test_dev_server",
        "test_development_servers",
        "test_interrupted",
        "test_isolation",
        "test_life",
        "test_pool",
        "test_trees",
    }
)
_FRAMEWORK = re.compile(r"^(?:from|import) (django|fastapi|flask|sqlalchemy|starlette)\b", re.MULTILINE)

# How long one example takes says more about the machine than about the code.
settings.register_profile("workersim", deadline=None)
settings.load_profile("workersim")


class _Shared(Trees):
    """One zygote for all applications with the same frameworks, which are imported once and not for each of them."""

    def take(self, *, target: str, cwd: Path, **kind: Any) -> Tree:
        file = cwd / target.partition(":")[0]
        if file.is_file():
            target, cwd = " ".join(sorted(set(_FRAMEWORK.findall(file.read_text())))), Path(__file__).parent
        return super().take(target=target, cwd=cwd, **kind)


@pytest.fixture(scope="session")
def _zygotes() -> Iterator[Trees]:
    kept = _Shared(most=4)
    yield kept
    kept.close()


@pytest.fixture(scope="module", autouse=True)
def _warm(request: pytest.FixtureRequest, _zygotes: Trees) -> Iterator[None]:
    if request.path.parent.name not in WARM or request.path.stem in COLD:
        _zygotes.close()  # others count the processes there are
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launcher, "Trees", lambda: _zygotes)
        yield


@pytest.fixture
def approve(request: pytest.FixtureRequest) -> Approve:
    """`approve(text, exit_code=1, name="...")`: compare with `snapshots/<test file>/<test>[.name].txt` beside the test.

    The exit code, where there is one, is the file's first line; escape characters are written as `␛` so that the
    file can be read. `WORKERSIM_SNAPSHOTS=write` writes the files instead: read them before committing.
    """
    test_file = Path(str(request.node.path))
    folder = test_file.parent / "snapshots" / test_file.stem.removeprefix("test_")
    used: set[str] = set()

    def compare(text: str, *, exit_code: int | None = None, name: str = "") -> None:
        label = request.node.name.removeprefix("test_") + (f".{name}" if name else "")
        stem = "-".join(re.findall(r"[\w.]+", label)).replace("-.", ".")
        assert stem not in used, f"two texts of one test need names: {stem}"
        used.add(stem)
        path = folder / f"{stem}.txt"
        seen = ("" if exit_code is None else f"[exit {exit_code}]\n") + text.replace("\x1b", "␛")
        if os.environ.get("WORKERSIM_SNAPSHOTS") == "write":
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(seen, encoding="utf-8", newline="\n")
            return
        assert path.exists(), f"no {path}: run with WORKERSIM_SNAPSHOTS=write, read what was written, then commit it"
        assert seen == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def eventually() -> Callable[..., bool]:
    """`eventually(holds, limit_s=10)`: whether `holds` becomes true; it is asked again and again until then."""

    def wait(holds: Callable[[], bool], *, limit_s: float = 10) -> bool:
        deadline = time.monotonic() + limit_s
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    return wait


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pytest-xdist's thread waits and holds no lock
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


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each of the projects (`tests/projects`) is, a copy with its tables made."""
    folder = Path(__file__).parent / "projects"
    places = {}
    for project, table in tomllib.loads((folder / "projects.toml").read_text()).items():
        place = tmp_path_factory.mktemp("projects") / project
        shutil.copytree(folder / project, place, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
        subprocess.run([sys.executable, *table["prepare"]], cwd=place, check=True, timeout=60)
        places[project] = place
    return places
