"""Requests per second, side by side in one run: directly and over HTTP, beside Flask's test client and gunicorn.

    python benchmarks/throughput.py [--turns 60] [--rounds 7]

Everything runs on this machine, in short turns one after the other, so that all meet the same noise. What counts are
the ratios (performance targets: at least 0.5 of the test client through httpx, 0.9 without, both pinned to one core;
at least 2.0 times gunicorn over HTTP, and never under 1.0 with recording on; recording under 10 % of a request).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import psutil
from load import CLIENTS, load

from simulator.history.record import Header
from simulator.launcher import Launcher
from simulator.proxy.call import Call, Request, http_scope
from simulator.proxy.dealer import Dealer
from simulator.proxy.direct import Direct
from simulator.proxy.gateway import Gateway
from simulator.proxy.server import Server
from simulator.proxy.transport import BASE_URL, DirectTransport
from simulator.recorder import LogicalClock, RealClock, Sink
from simulator.recorder.file import FileSink
from simulator.routing import RoundRobin
from simulator.story.schedule import LoadMode
from simulator.users.actor import Actor
from simulator.users.client import User

APP = """
from flask import Flask
app = Flask(__name__)

@app.get("/ping")
def ping():
    return "pong"
"""
BATCH = 50
WORKERS = 4
HEADERS = [
    (b"host", b"workersim.localhost"),
    (b"accept", b"*/*"),
    (b"connection", b"keep-alive"),
    (b"user-agent", b"x"),
]
HEADER = Header(workersim="benchmark", python=sys.version.split()[0], app="app.py")


class Nowhere:
    """A sink that keeps nothing."""

    def emit(self, event: object) -> None:
        """Forget it."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--turns", type=int, default=60, help=f"of {BATCH} direct requests, for each thing")
    options.add_argument("--rounds", type=int, default=7, help="of a second over HTTP, for each server")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.py").write_text(APP)
        sys.path.insert(0, folder)
        over_http(Path(folder), chosen.rounds)
        directly(Path(folder), chosen.turns)


def directly(folder: Path, turns: int) -> None:
    """One user, everything on one core.

    Pinned, the processes take turns, so their processor time together is what a request takes on a machine that
    does nothing else. A turn is short (some 10 ms); of all turns of a thing the best counts, in which no neighbour
    took the core, and with it the caches.
    """
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    from app import app  # type: ignore[import-not-found]

    test_client = app.test_client()
    with Launcher(target="app.py", cwd=folder) as launcher, FileSink(folder / "run.jsonl", header=HEADER) as file:
        launcher.load()
        launcher.fork(2, LoadMode.ONCE)
        plain, recorded = (Direct(_dealer(launcher, sink)) for sink in (Nowhere(), file))
        request = Request(http_scope(method="GET", target=b"/ping", headers=HEADERS))
        client = httpx.Client(transport=DirectTransport(plain), base_url=BASE_URL, trust_env=False)
        actor = Actor("alice", lambda: _for_ever(User("alice", way=DirectTransport(plain))))
        subjects: dict[str, Callable[[], object]] = {
            "Flask's test client, one process": lambda: test_client.get("/ping"),
            "direct, without httpx": lambda: plain.send(request, Call(user="alice")),
            "direct, without httpx, recorded": lambda: recorded.send(request, Call(user="alice")),
            "direct, through httpx": lambda: client.get("/ping"),
            "direct, a user of a story": lambda: (actor.advance(), actor.answer(Call(user="alice"))),
        }
        pids = [os.getpid(), *(worker.pid for worker in launcher.workers.values())]
        costs: dict[str, list[float]] = {name: [] for name in subjects}
        for _ in range(turns):
            for name, call in subjects.items():
                costs[name].append(_cost(call, pids))
        actor.close()
    cost = {name: min(each) for name, each in costs.items()}
    show("one client, pinned to one core, 2 workers (processor time)", {name: 1 / s for name, s in cost.items()})
    share = cost["direct, without httpx, recorded"] / cost["direct, without httpx"] - 1
    print(f"   recording costs {share:.0%} of a direct request")


def _for_ever(user: User) -> None:
    while True:
        user.get("/ping")


def _cost(call: Callable[[], object], pids: Sequence[int]) -> float:
    """Processor seconds per call, of all these processes, in one turn."""
    call()
    before = spent_s(pids)
    for _ in range(BATCH):
        call()
    return (spent_s(pids) - before) / BATCH


def spent_s(pids: Sequence[int]) -> float:
    """Processor seconds of processes so far, exactly (Linux: each has a clock, named by its pid)."""
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)


def over_http(folder: Path, rounds: int) -> None:
    """32 clients, 4 workers, all cores.

    The median of the rounds says how it was, the best one how it is when nobody else wants the processors.
    """
    rates: dict[str, list[float]] = {}
    costs: dict[str, list[float]] = {}
    with contextlib.ExitStack() as exits:
        ports = {
            "gunicorn -w 4 --preload": exits.enter_context(_gunicorn(folder)),
            "workersim, 4 workers": exits.enter_context(_gateway(folder, Nowhere())),
            "workersim, 4 workers, recorded": exits.enter_context(_recorded(folder)),
        }
        pids = [os.getpid(), *(child.pid for child in psutil.Process().children(recursive=True))]
        for _ in range(rounds):
            for name, port in ports.items():
                before = spent_s(pids)
                answered, took_s = load(port, 1)
                rates.setdefault(name, []).append(answered / took_s)
                costs.setdefault(name, []).append(answered / (spent_s(pids) - before))
    title = f"{CLIENTS} clients over HTTP, {WORKERS} workers"
    show(f"{title}, medians", {name: statistics.median(each) for name, each in rates.items()})
    show(f"{title}, best rounds", {name: max(each) for name, each in rates.items()})
    show(f"{title}, per second of a processor", {name: max(each) for name, each in costs.items()})


@contextlib.contextmanager
def _gunicorn(folder: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "--preload", "--log-level", "error"]
    with subprocess.Popen([*command, "-b", f"127.0.0.1:{port}", "app:app"], cwd=folder) as server:
        try:
            _await(port)
            yield port
        finally:
            server.terminate()


@contextlib.contextmanager
def _gateway(folder: Path, sink: Sink) -> Iterator[int]:
    with Launcher(target="app.py", cwd=folder) as launcher:
        launcher.load()
        launcher.fork(WORKERS, LoadMode.ONCE)
        dealer = Dealer(fleet=launcher, routing=RoundRobin(), clock=RealClock(), sink=sink)
        with Server(Gateway(dealer)) as server:
            _await(server.port)
            yield server.port


@contextlib.contextmanager
def _recorded(folder: Path) -> Iterator[int]:
    with FileSink(folder / "http.jsonl", header=HEADER) as sink, _gateway(folder, sink) as port:
        yield port


def _dealer(launcher: Launcher, sink: Sink) -> Dealer:
    return Dealer(fleet=launcher, routing=RoundRobin(), clock=LogicalClock(), sink=sink)


def _await(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/ping", trust_env=False)
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}")


def show(title: str, rates: Mapping[str, float]) -> None:
    """A table; the first row is what the others are compared with."""
    print(f"\n{title}")
    first = next(iter(rates.values()))
    for name, rate in rates.items():
        print(f"   {name:<36}{rate:>8,.0f} requests/s{1e6 / rate:>8,.0f} µs{rate / first:>8.2f}")


if __name__ == "__main__":
    main()
