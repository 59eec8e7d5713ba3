"""From the command to the verdict, a schedule after another, and memory: beside gunicorn, side by side in one run.

    python benchmarks/start.py [--rounds 5]

The application is the article's, with its missing `@` put in. What counts are the ratios (performance targets:
`workersim run` with all orders in at most 4 times what gunicorn --preload takes to its first answer, and under
1 s on a quiet machine; private memory per worker 1.0 or less). Beside them stands what a schedule costs that is played
whole; how many a search decides in a second is in `explore.py`. CPU seconds are those of all processes of a command,
and say most where other work runs beside this.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from simulator.launcher import Launcher
from simulator.proxy.call import Call, Request, http_scope
from simulator.proxy.dealer import Dealer
from simulator.proxy.direct import Direct
from simulator.recorder import LogicalClock, MemorySink
from simulator.routing import RoundRobin
from simulator.story.schedule import LoadMode

APP = """
from flask import Flask
app = Flask(__name__)
the_list = []

@app.route("/view")
def view():
    return the_list

@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list
"""
WORKERS = 4
REQUESTS = 60
LIMIT_S = 60.0
COMMAND = (sys.executable, "-c", "import sys; from simulator.commands import script; sys.exit(script())")
HEADERS = [(b"host", b"workersim.localhost"), (b"accept", b"*/*")]


@dataclass(frozen=True, slots=True)
class Took:
    """What one thing cost: real seconds, and those of the processors, in all processes."""

    wall_s: float
    cpu_s: float


def measured(act: Callable[[], object]) -> Took:
    """The cost of `act`, whose processes have ended (and been waited for) when it returns."""
    before, began = _cpu_s(), time.perf_counter()
    act()
    return Took(time.perf_counter() - began, _cpu_s() - before)


def _cpu_s() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


# From the command to the verdict


def verdict(folder: Path) -> None:
    """`workersim run`: every order and routing, both ways to load."""
    done = subprocess.run(
        [*COMMAND, "run", "app.py", "--write", "/add/VALUE", "--read", "/view", "-q"],
        cwd=folder,
        capture_output=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode != 1:
        raise SystemExit(f"workersim found no problem: {done.stdout!r} {done.stderr!r}")


def first_answer(folder: Path) -> float:
    """Seconds from the start of `gunicorn --preload` to its first answer; it has ended then."""
    with gunicorn(folder) as (url, began, _):
        _until_it_answers(url)
        return time.perf_counter() - began


@contextlib.contextmanager
def gunicorn(folder: Path) -> Iterator[tuple[str, float, subprocess.Popen[bytes]]]:
    """gunicorn with 4 preloaded workers: its address, when it was started, its process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "--preload", "-b", f"127.0.0.1:{port}", "app:app"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}", began, process
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(LIMIT_S)


def _until_it_answers(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 5.0) as connection:
            connection.sendall(b"GET /view HTTP/1.0\r\n\r\n")
            if b" 200 " in connection.recv(100):
                return
        time.sleep(0.002)
    raise SystemExit("gunicorn does not answer")


# One schedule after another


def our_schedules(folder: Path, count: int) -> float:
    """Seconds for each schedule: 4 fresh workers, 60 requests, judged by nobody."""
    with Launcher(target="app.py", cwd=folder) as launcher:
        launcher.load()
        began = time.perf_counter()
        for _ in range(count):
            launcher.fork(WORKERS, LoadMode.ONCE)
            dealer = Dealer(fleet=launcher, routing=RoundRobin(), clock=LogicalClock(), sink=MemorySink())
            direct = Direct(dealer)
            for number in range(REQUESTS):
                path = b"/view" if number % 2 else b"/add/%d" % number
                reply = direct.send(Request(http_scope(method="GET", target=path, headers=HEADERS)), Call(user="alice"))
                assert reply.status == 200
        return (time.perf_counter() - began) / count


def a_restart(folder: Path) -> float:
    """Seconds for the same schedule on a gunicorn that is started for it, and ended after it."""
    began = time.perf_counter()
    with gunicorn(folder) as (url, _, _), httpx.Client(base_url=url, headers={"connection": "close"}) as client:
        _until_it_answers(url)
        for number in range(REQUESTS):
            assert client.get("/view" if number % 2 else f"/add/{number}").status_code == 200
    return time.perf_counter() - began


# Memory


def our_memory(folder: Path) -> list[int]:
    """Private bytes of each worker that has served its share of the schedule."""
    with Launcher(target="app.py", cwd=folder) as launcher:
        launcher.load()
        launcher.fork(WORKERS, LoadMode.ONCE)
        direct = Direct(Dealer(fleet=launcher, routing=RoundRobin(), clock=LogicalClock(), sink=MemorySink()))
        for number in range(REQUESTS):
            scope = http_scope(method="GET", target=b"/add/%d" % number, headers=HEADERS)
            direct.send(Request(scope), Call(user="alice"))
        return [private(worker.pid) for worker in launcher.workers.values()]


def gunicorns_memory(folder: Path) -> list[int]:
    """The same of gunicorn's workers, as many of which served as the kernel liked."""
    with gunicorn(folder) as (url, _, process), httpx.Client(base_url=url, headers={"connection": "close"}) as client:
        _until_it_answers(url)
        for number in range(REQUESTS):
            client.get(f"/add/{number}")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return [private(int(pid)) for pid in children]


def private(pid: int) -> int:
    """Bytes that this process has for itself."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


# The table


def rounds_of(description: str | None, default: int) -> int:
    """How often the command line wants each measured."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=default, help="how often each is measured (the median counts)")
    rounds: int = parser.parse_args().rounds
    return rounds


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """A folder with the application, and a place for what Python compiles, as an installed package has it."""
    folder = Path(tempfile.mkdtemp(prefix="workersim-benchmark-"))
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    try:
        (folder / "app.py").write_text(APP)
        yield folder
    finally:
        shutil.rmtree(folder)


def head(rounds: int, *columns: str) -> None:
    """What it is measured on, and what the columns are."""
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors (load {load:.1f}), Python {sys.version.split()[0]}, {rounds} rounds\n")
    show(("", *columns))


def main() -> None:
    rounds = rounds_of(__doc__, 5)
    with workplace() as folder:
        head(rounds, "workersim", "gunicorn", "ratio", "wanted")
        compare_starts(folder, rounds)
        compare_schedules(folder, rounds)
        compare_memory(folder)


def compare_starts(folder: Path, rounds: int) -> None:
    verdict(folder)  # everything is compiled by now, and in the disk's cache
    first_answer(folder)
    runs, answers, costs = [], [], []
    for _ in range(rounds):
        runs.append(measured(lambda: verdict(folder)))
        answered: list[float] = []
        costs.append(measured(lambda: answered.append(first_answer(folder))).cpu_s)  # noqa: B023
        answers += answered
    ours, theirs = statistics.median(run.wall_s for run in runs), statistics.median(answers)
    row("command to verdict / to first answer, s", ours, theirs, ours / theirs, "<= 4, < 1 s")
    ours, theirs = statistics.median(run.cpu_s for run in runs), statistics.median(costs)
    row("the same, CPU s of all processes", ours, theirs, ours / theirs, "")


def compare_schedules(folder: Path, rounds: int) -> None:
    pairs = [(our_schedules(folder, 5), a_restart(folder)) for _ in range(rounds)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    row(f"{WORKERS} fresh workers, {REQUESTS} requests, s", ours, theirs, theirs / ours, "")


def compare_memory(folder: Path) -> None:
    ours, theirs = statistics.mean(our_memory(folder)) / 2**20, statistics.mean(gunicorns_memory(folder)) / 2**20
    row("private memory per worker, MiB", ours, theirs, ours / theirs, "<= 1.0")


def row(what: str, ours: float, theirs: float, ratio: float, wanted: str) -> None:
    show((what, f"{ours:.3f}", f"{theirs:.3f}", f"{ratio:.2f}", wanted))


def show(cells: Sequence[str]) -> None:
    what, *rest = cells
    print(f"{what:<42}" + "".join(f"{cell:>12}" for cell in rest), flush=True)


if __name__ == "__main__":
    main()
