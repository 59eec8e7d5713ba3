"""Requests per second, side by side in one run: directly and over HTTP, beside Flask's test client and gunicorn.

    python benchmarks/throughput.py [--seconds 2] [--rounds 3]

Everything runs on the loopback of this machine, in turns, so that all meet the same noise. What counts are the
ratios (performance targets: at least 0.5 of the test client through httpx, 0.9 without, both pinned to one core;
at least 2.0 times gunicorn over HTTP, and never under 1.0 with recording on; recording under 10 % of a request).
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import selectors
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
CLIENTS = 32
WORKERS = 4
HEADERS = [(b"host", b"workersim.local"), (b"accept", b"*/*"), (b"connection", b"keep-alive"), (b"user-agent", b"x")]
HEADER = Header(workersim="benchmark", python=sys.version.split()[0], app="app.py")


class Nowhere:
    """A sink that keeps nothing."""

    def emit(self, event: object) -> None:
        """Forget it."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--seconds", type=float, default=2.0, help="for each thing in each round")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.py").write_text(APP)
        sys.path.insert(0, folder)
        over_http(Path(folder), chosen.seconds, chosen.rounds)
        directly(Path(folder), chosen.seconds, chosen.rounds)


def directly(folder: Path, seconds: float, rounds: int) -> None:
    """One user, everything on one core; the best round of each.

    Pinned, the processes take turns, so their processor time together is what a request takes on a machine that
    does nothing else; unlike the clock on the wall it does not count what the neighbours do.
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
        workers = [psutil.Process(worker.pid) for worker in launcher.workers.values()]
        costs: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, call in subjects.items():
                costs.setdefault(name, []).append(_cost(call, seconds, workers))
        actor.close()
    best = {name: min(rounds) for name, rounds in costs.items()}
    show("one client, pinned to one core, 2 workers (processor time)", {name: 1 / cost for name, cost in best.items()})
    cost = best["direct, without httpx, recorded"] / best["direct, without httpx"] - 1
    print(f"   recording costs {cost:.0%} of a direct request")


def _for_ever(user: User) -> None:
    while True:
        user.get("/ping")


def _cost(call: Callable[[], object], seconds: float, workers: Sequence[psutil.Process]) -> float:
    """Processor seconds per call, of this process and its workers."""

    def spent() -> float:
        return time.process_time() + sum(sum(worker.cpu_times()[:2]) for worker in workers)

    before, calls, end = spent(), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(BATCH):
            call()
        calls += BATCH
    return (spent() - before) / calls


def over_http(folder: Path, seconds: float, rounds: int) -> None:
    """32 clients, 4 workers, all cores; the median of the rounds."""
    rates: dict[str, list[float]] = {}
    with contextlib.ExitStack() as exits:
        ports = {
            "gunicorn -w 4 --preload": exits.enter_context(_gunicorn(folder)),
            "workersim, 4 workers": exits.enter_context(_gateway(folder, Nowhere())),
            "workersim, 4 workers, recorded": exits.enter_context(_recorded(folder)),
        }
        for _ in range(rounds):
            for name, port in ports.items():
                rates.setdefault(name, []).append(_load(port, seconds))
    show(f"{CLIENTS} clients over HTTP, {WORKERS} workers", {name: statistics.median(r) for name, r in rates.items()})


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


def _load(port: int, seconds: float) -> float:
    """Requests per second of 32 clients, each of which asks again as soon as it has its answer."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(clients, (port, seconds))


def clients(port: int, seconds: float) -> float:
    """The clients, in a process of their own; connections are kept where the server keeps them."""
    request = b"GET /ping HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nUser-Agent: x\r\n\r\n"
    selector = selectors.DefaultSelector()

    def open_one() -> None:
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(sock, selectors.EVENT_READ, bytearray())
        sock.sendall(request)

    for _ in range(CLIENTS):
        open_one()
    answered = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for key, _ in selector.select(1.0):
            sock, data = key.fileobj, key.data
            assert isinstance(sock, socket.socket)
            received = sock.recv(65536)
            data += received
            if data.endswith(b"pong"):
                answered += 1
            if not received or b"onnection: close" in data:
                selector.unregister(sock)
                sock.close()
                open_one()
            elif data.endswith(b"pong"):
                data.clear()
                sock.sendall(request)
    elapsed = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    return answered / elapsed


def show(title: str, rates: Mapping[str, float]) -> None:
    """A table; the first row is what the others are compared with."""
    print(f"\n{title}")
    first = next(iter(rates.values()))
    for name, rate in rates.items():
        print(f"   {name:<36}{rate:>8,.0f} requests/s{1e6 / rate:>8,.0f} µs{rate / first:>8.2f}")


if __name__ == "__main__":
    main()
