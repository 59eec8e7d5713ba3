"""Orders that other processes play: the same result as without them, and nothing left behind."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.events import Event, ResponseReceived, WorkerStarted
from simulator.explore import shares
from simulator.explore.pool import ProcessPool, pool
from simulator.explore.run import run_on
from simulator.explore.shares import Share, played
from simulator.recorder import MemorySink, Sink
from simulator.reports.json import documents
from simulator.result import Result
from simulator.runner.plan import Plan
from simulator.runner.play import Extent
from simulator.runner.stage import Stage
from simulator.story.schedule import LoadMode, Schedule, Turn
from simulator.story.story import Story

APP = """
import os, random, time, uuid
from flask import Flask

app = Flask(__name__)
the_list, shown = [], []


@app.get("/view")
def view():
    if {dies}:
        os._exit(3)
    shown.append(1)
    return [the_list, str(uuid.uuid4()), time.time(), random.random()]


@app.get("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list


@app.get("/keep/<item>")
def keep(item):
    with open("kept.txt", "a") as file:
        file.write(item)
    return open("kept.txt").read()
"""
LIMIT_S = 30.0
USERS = ("alice", "bob")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "shop.py").write_text(APP.replace("{dies}", "False"))
    (folder / "dies.py").write_text(APP.replace("{dies}", "len(the_list) == 2 and not shown"))
    return folder


@pytest.fixture(autouse=True)
def _always_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WORTH_S", 0.0)


@pytest.fixture(autouse=True)
def _nobody_stays() -> Iterator[None]:
    """No process of a test is there after it (the tracker of multiprocessing stays until the end of pytest)."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = set(psutil.Process().children(recursive=True)) - before
    assert [line for line in map(command, left) if "resource_tracker" not in line] == []


def command(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
        return " ".join(process.cmdline())
    return f"zombie {process.pid}"


def outcome(one: Plan, executor: Executor | None = None, sink: Sink | None = None) -> Result:
    """The result, with the clock of the application where it always is."""
    with Stage(one, epoch_s=1_800_000_000.0) as stage:
        return run_on(stage, executor=executor, sink=sink)


def plan(folder: Path, app: str = "shop.py", **more: Any) -> Plan:
    """Every order is played for real, since the routing is named; with one worker, which is quickest."""
    story = Story("\n".join(f"{user}: GET /add/VALUE\n{user}: GET /view shows" for user in USERS))
    said: dict[str, Any] = {"story": story, "routing": "sticky", "loads": (LoadMode.ONCE,), "reload": False}
    return Plan(target=app, cwd=folder, blame=False, **{"workers": 1, "orders": 5, **said, **more})


def json(result: Result) -> str:
    """Everything a report says, but for how long it took."""
    return dumps(documents([replace(result, took_s=0.0)]))


def without_accidents(event: Event) -> Event:
    """But for what no two runs have in common."""
    match event:
        case ResponseReceived():
            return replace(event, took_s=0.0)
        case WorkerStarted():
            return replace(event, pid=0)
    return event


class Nobody(Executor):
    """Whom nobody may ask."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise AssertionError("this was to be done by one process")


class Mortal(ProcessPool):
    """A pool in which one process dies, the second time that it is asked for something."""

    asked = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked += 1
        return super().submit(signal.raise_signal, signal.SIGKILL) if self.asked == 2 else super().submit(fn, *args)


@contextmanager
def dask() -> Iterator[Executor]:
    """Dask's executor, on a cluster of two processes on this machine."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0") as cluster,
        Client(cluster, timeout=LIMIT_S) as client,
        client.get_executor() as executor,
    ):
        yield executor


@pytest.fixture(scope="module")
def one_process(folder: Path) -> Mapping[int, Any]:
    """What is told, and recorded, where nothing is shared out; by the number of workers."""
    told = {}
    for workers in (1, 2):
        sink = MemorySink()
        result = outcome(plan(folder, workers=workers), sink=sink)
        told[workers] = json(result), [without_accidents(event) for event in sink.events]
    return told


@pytest.mark.parametrize(
    ("executor", "workers"),
    [(lambda: ProcessPool(2), 2), (lambda: ThreadPoolExecutor(2), 1), (dask, 1)],
    ids=["processes", "threads", "dask"],
)
def test_every_executor_tells_what_one_process_tells(
    folder: Path, executor: Callable[[], AbstractContextManager[Executor]], workers: int, one_process: Mapping[int, Any]
) -> None:
    many = MemorySink()
    with executor() as several:
        told = json(outcome(plan(folder, workers=workers), several, many))
    assert (told, [without_accidents(event) for event in many.events]) == one_process[workers]


def test_from_an_order_that_is_cut_off_on_they_are_played_here(folder: Path) -> None:
    here = outcome(plan(folder, "dies.py"))
    assert here.unknowns
    assert here.orders.run > 1
    with ProcessPool(2) as several:
        assert json(outcome(plan(folder, "dies.py"), several)) == json(here)


def test_where_a_process_of_the_pool_dies_its_orders_are_played_here(
    folder: Path, one_process: Mapping[int, Any]
) -> None:
    with Mortal(2) as several:
        result = outcome(plan(folder), several)
    (note,) = result.notes
    assert note.startswith("Orders that other processes should have played were played by one: A process")
    assert json(replace(result, notes=())) == one_process[1][0]


@pytest.mark.parametrize("more", [{"stores": ("shop.db",)}, {"story": Story("alice: GET /keep/VALUE\nbob: GET /view")}])
def test_what_is_in_one_place_is_used_by_one_process(folder: Path, more: dict[str, Any]) -> None:
    result = outcome(plan(folder, **more), Nobody())
    assert not result.notes
    assert not (folder / "kept.txt").exists()


def test_few_orders_are_played_by_one_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shares, "WORTH_S", LIMIT_S)
    outcome(plan(folder, orders=2), Nobody())


def test_one_job_is_no_pool() -> None:
    with pool(1) as one, pool(0) as none:
        assert (one, none) == (None, None)


def many(folder: Path, inside: Path) -> Share:
    """Work that is not done soon."""
    schedule = Schedule(workers=2, turns=(Turn(user="alice"),))
    return Share(plan=plan(folder), epoch_s=0.0, inside=inside, extent=Extent(), run=1, schedules=(schedule,) * 1_000)


def until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_end_of_a_pool_interrupts_what_is_being_done(folder: Path, tmp_path: Path) -> None:
    with ProcessPool(1) as one:
        future = one.submit(played, many(folder, tmp_path))
        until(lambda: future.done() or serves(psutil.Process()))
        assert not future.done(), future.exception()
    assert not list(tmp_path.iterdir())


def test_a_pool_ends_with_its_maker(folder: Path, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    share = tmp_path / "share"
    share.write_bytes(pickle.dumps(many(folder, inside)))
    with maker(share) as process:
        until(lambda: serves(psutil.Process(process.pid)))
        below = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        process.wait(LIMIT_S)
        _, alive = psutil.wait_procs(below, LIMIT_S)
    assert not alive
    assert not list(inside.iterdir())


def serves(process: psutil.Process) -> bool:
    """Is an application served below the process?"""
    return sum("zygote.py" in command(one) for one in process.children(recursive=True)) > 1


@contextmanager
def maker(share: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has made a pool, and waits for what it does."""
    code = (
        "import pickle, sys; from pathlib import Path\n"
        "from simulator.explore.pool import ProcessPool; from simulator.explore.shares import played\n"
        "pool = ProcessPool(1)\n"
        "pool.submit(played, pickle.loads(Path(sys.argv[1]).read_bytes())).result()"
    )
    with subprocess.Popen([sys.executable, "-c", code, share]) as process:
        try:
            yield process
        finally:
            process.kill()
