"""Starts the zygote, forks workers on request, replaces and ends them: the controller's side of the process tree.

Rule: nothing outlives the launcher. Everything below it hangs on one socket; when that ends, however it ends, the
zygote ends all the rest.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from simulator.errors import PlatformError
from simulator.launcher import failures, zygote
from simulator.launcher.frames import AppFiles
from simulator.launcher.handle import Dump, Worker
from simulator.launcher.places import find_place
from simulator.launcher.process import Channel
from simulator.launcher.target import parse
from simulator.story.schedule import LoadMode
from simulator.wire import Decoder, Message, encode

_END_LIMIT_S: Final = 5.0
_STOP_LIMIT_S: Final = 2.0
_CONTROL_LIMIT_S: Final = 10.0
_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInfo:
    """The application that was found. `title` names it for a person: 'Flask app "app"'.

    `file` is as seen from the working directory, `line` where `attribute` is defined in it, `routes` the
    addresses it knows (empty where its framework does not say so at load). `interface` is "wsgi" or "asgi".
    """

    target: str
    title: str
    framework: str
    interface: str
    file: str
    line: int | None
    attribute: str
    routes: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class _Host:
    """A process that forks workers: the zygote itself, or one that has loaded the application."""

    channel: Channel
    dump: Dump | None = None
    pid: int = 0
    load: int = 0
    load_began: float = 0.0
    load_ended: float = 0.0

    def close(self) -> None:
        self.channel.close()
        if self.dump is not None:
            self.dump.close()


class Launcher:
    """The processes of one application. A context manager: everything ends with it.

    `env` is laid over the environment; `cwd` is the working directory of the application. Times are in seconds.
    """

    def __init__(
        self,
        *,
        target: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        load_timeout_s: float = 10.0,
        owns_time_and_chance: bool = False,
        seed: int = 0,
    ) -> None:
        self._target = target
        self._cwd = cwd.resolve()
        self._env = dict(env or {})
        self._load_timeout_s = load_timeout_s
        self._orders = {"owns_time_and_chance": owns_time_and_chance, "seed": seed}
        self._workers: dict[int, Worker] = {}
        self._mode = LoadMode.ONCE
        self._loads = 0
        self._zygote: subprocess.Popen[bytes] | None = None
        self._zygote_host: _Host | None = None
        self._base: _Host | None = None
        self._current: _Host | None = None
        self._files = AppFiles(root=str(self._cwd), cwd=str(self._cwd))

    @property
    def workers(self) -> Mapping[int, Worker]:
        """The workers there are, by number from 1."""
        return self._workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def load(self) -> AppInfo:
        """Run the application's code once, in a process from which workers will be forked. Raises AppError."""
        place = find_place(parse(self._target), self._cwd)
        self._files = AppFiles(root=str(place.root), cwd=str(self._cwd))
        if self._zygote is None:
            self._start()
        self._loads = 1
        self._base, info = self._load()
        self._current = self._base
        return AppInfo(**{**info, "routes": tuple(info["routes"])})

    def fork(self, count: int, mode: LoadMode) -> tuple[Worker, ...]:
        """Fresh workers 1 to `count`, in place of those there are, in the state of the first load. Raises AppError."""
        assert self._base is not None, "load() comes first"
        self._end_workers()
        self._drop_reload()
        self._mode, self._loads = mode, 1 if mode is LoadMode.ONCE else 0
        self._fork_all(dict.fromkeys(range(1, count + 1), 0))
        return tuple(self._workers.values())

    def reload(self) -> None:
        """Run the application's code anew, for every worker. Raises AppError."""
        generations = {number: worker.generation + 1 for number, worker in self._workers.items()}
        self.stop_workers()
        self._drop_reload()
        if self._mode is LoadMode.ONCE:
            self._loads += 1
            self._current, _ = self._load()
        self._fork_all(generations)

    def recycle(self, number: int) -> Worker:
        """Replace one worker (which may be gone already) by a fresh one. Raises AppError."""
        old = self._workers[number]
        self._stop([old])
        self._fork_all({number: old.generation + 1})
        return self._workers[number]

    def kill(self, number: int) -> None:
        """End one worker by SIGKILL. It stays among `workers`, dead, until it is recycled."""
        self._workers[number].kill()
        self._workers[number].exit_status(_END_LIMIT_S)

    def stop_workers(self) -> None:
        """Ask all workers to end as a server does at shutdown; what has not ended after 2 s is killed."""
        self._stop(list(self._workers.values()))
        self._workers.clear()

    def close(self) -> None:
        """End every process and give back every descriptor. May be called again."""
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
        for host in (self._base, self._current, self._zygote_host):
            if host is not None:
                host.close()
        self._base = self._current = self._zygote_host = None
        if self._zygote is not None:
            try:
                self._zygote.wait(_END_LIMIT_S)
            except subprocess.TimeoutExpired:
                self._zygote.kill()
                self._zygote.wait()
            self._zygote = None

    def _start(self) -> None:
        if not hasattr(os, "fork"):
            raise PlatformError(
                "this needs os.fork, which Windows does not have",
                do=("Use WSL (wsl --install), a Codespace, or PythonAnywhere's own console.",),
            )
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as output:
            self._zygote = subprocess.Popen(
                [sys.executable, "-P", zygote.__file__, str(theirs.fileno())],
                cwd=self._cwd,
                env={**os.environ, "FLASK_RUN_FROM_CLI": "true", **self._env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        self._zygote_host = _Host(channel=Channel(ours))
        self._expect(self._zygote_host, "started")

    def _load(self) -> tuple[_Host, dict[str, Any]]:
        began = time.monotonic()
        pid, sock, dump = self._forked(self._the_zygote, {"type": "load", "number": None})
        host = _Host(channel=Channel(sock), dump=dump, pid=pid, load=self._loads, load_began=began)
        try:
            answer = host.channel.receive(self._load_timeout_s)
        except TimeoutError:
            stack = dump.of_living(pid)
            self._end_host(host)
            raise failures.load_timed_out(self._target, self._load_timeout_s, stack) from None
        host.load_ended = time.monotonic()
        if answer is None:
            how = self._reap(self._the_zygote, pid, _END_LIMIT_S) or "no answer"
            stack = dump.of_dead()
            host.close()
            raise failures.crashed("the app", how, stack, when="while it was being loaded")
        if answer["type"] == "failed":
            self._end_host(host)
            raise failures.restored(answer["error"])
        return host, answer["info"]

    def _fork_all(self, generations: Mapping[int, int]) -> None:
        """Fork workers side by side, then wait until each is ready."""
        deadline = time.monotonic() + self._load_timeout_s
        for number, generation in generations.items():
            old = self._workers.pop(number, None)
            if old is not None:
                old.close()
            self._workers[number] = self._fork_one(number, generation)
        self._workers = dict(sorted(self._workers.items()))
        for number in generations:
            self._await_ready(self._workers[number], max(0.0, deadline - time.monotonic()))

    def _fork_one(self, number: int, generation: int) -> Worker:
        host = self._current if self._mode is LoadMode.ONCE else self._the_zygote
        assert host is not None
        if self._mode is LoadMode.PER_WORKER:
            self._loads += 1
        began = time.monotonic()
        pid, sock, dump = self._forked(host, {"type": "fork", "number": number})
        return Worker(
            number=number,
            generation=generation,
            pid=pid,
            load=self._loads,
            load_began=host.load_began if self._mode is LoadMode.ONCE else began,
            load_ended=host.load_ended,
            sock=sock,
            dump=dump,
            status=lambda limit_s: self._reap(host, pid, limit_s),
        )

    def _await_ready(self, worker: Worker, limit_s: float) -> None:
        ready = _first_message(worker.sock, limit_s)
        if ready is None:
            stack = worker.stack()
            if worker.exit_status() is None:
                raise failures.load_timed_out(self._target, self._load_timeout_s, stack)
            how = worker.exit_status() or "no answer"
            raise failures.crashed(f"worker {worker.number}", how, stack, when="before its first answer")
        if ready["error"] is not None:
            raise failures.restored(ready["error"])
        if self._mode is LoadMode.PER_WORKER:
            worker.load_ended = time.monotonic()

    def _forked(self, host: _Host, command: Message) -> tuple[int, socket.socket, Dump]:
        host.channel.send(
            {**command, **self._orders, "target": self._target, "cwd": str(self._cwd), "load": self._loads}
        )
        answer = self._expect(host, "forked")
        sock, dump = host.channel.take_descriptors(2)
        return answer["pid"], socket.socket(fileno=sock), Dump(dump, self._files)

    def _reap(self, host: _Host, pid: int, limit_s: float) -> str | None:
        try:
            host.channel.send({"type": "reap", "pid": pid, "limit_s": limit_s})
            how: str | None = self._expect(host, "reaped")["how"]
        except OSError:
            return "gone"
        return how

    def _expect(self, host: _Host, kind: str) -> Message:
        answer = host.channel.receive(_CONTROL_LIMIT_S)
        if answer is None:
            raise ConnectionError(f"a process of workersim ended before it said {kind!r}")
        assert answer["type"] == kind, answer
        return answer

    @property
    def _the_zygote(self) -> _Host:
        assert self._zygote_host is not None, "load() comes first"
        return self._zygote_host

    def _end_workers(self) -> None:
        for worker in self._workers.values():
            worker.kill()
        for worker in self._workers.values():
            worker.exit_status(_END_LIMIT_S)
            worker.close()
        self._workers.clear()

    def _stop(self, workers: list[Worker]) -> None:
        for worker in workers:
            with contextlib.suppress(OSError):
                worker.sock.sendall(encode([{"type": "workersim.stop"}]))
        deadline = time.monotonic() + _STOP_LIMIT_S
        for worker in workers:
            if worker.exit_status(max(0.0, deadline - time.monotonic())) is None:
                worker.kill()
                worker.exit_status(_END_LIMIT_S)
            worker.close()

    def _drop_reload(self) -> None:
        """Back to the first load; that of a reload has served its time."""
        if self._current is not None and self._current is not self._base:
            self._end_host(self._current)
        self._current = self._base

    def _end_host(self, host: _Host) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(host.pid, 9)
        self._reap(self._the_zygote, host.pid, _END_LIMIT_S)
        host.close()


def _first_message(sock: socket.socket, limit_s: float) -> Message | None:
    """The first message on a wire; None where it ended or nothing came in time."""
    decoder, deadline = Decoder(), time.monotonic() + limit_s
    while select.select([sock], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            data = sock.recv(_CHUNK)
        except ConnectionError:
            return None
        if not data:
            return None
        for frame in decoder.feed(data):
            return frame[0]
    return None
