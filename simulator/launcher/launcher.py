"""The controller's way to an application's processes: load it, fork workers, replace and end them."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from simulator.errors import AppCrashed
from simulator.launcher import failures
from simulator.launcher.frames import AppFiles
from simulator.launcher.handle import Worker
from simulator.launcher.logs import LogLine
from simulator.launcher.ownership import EPOCH_S
from simulator.launcher.places import find_place
from simulator.launcher.process import is_readable
from simulator.launcher.target import parse
from simulator.launcher.tree import Loaded, Tree
from simulator.launcher.trees import PASSING, Trees
from simulator.story.schedule import LoadMode
from simulator.wire import Decoder, Message, encode

_END_LIMIT_S: Final = 5.0
_STOP_LIMIT_S: Final = 2.0
_CHUNK: Final = 1 << 16
_HASH_SEEDS: Final = 1 << 32


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInfo:
    """The application that was found. `title` names it for a person: 'Flask app "app"'.

    `file` is as seen from the working directory, `line` where `attribute` is defined in it, `routes` the
    addresses it knows (empty where its framework does not say so at load). `interface` is "wsgi" or "asgi".
    `files` are the paths that were opened for writing, and the databases opened, while it was loaded.
    `shared` says what forks of one load do not have for themselves (`launcher.shared`). `methods` are
    those that each route takes, empty where the framework does not say; `fields` what its view reads out of a
    form or a JSON body (`launcher.fields`), where that was asked for.
    """

    target: str
    title: str
    framework: str
    interface: str
    file: str
    line: int | None
    attribute: str
    routes: tuple[str, ...]
    files: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Sequence[tuple[str, str, bool]]] = field(default_factory=dict)


class Launcher:
    """The processes of one application. A context manager: everything ends with it. Not for use by two threads.

    `env` is laid over the environment; `cwd` is the application's working directory. `owns_time_and_chance` puts
    the workers on a virtual clock and on chance that follows `seed` (`launcher.ownership`). `keeps_files_in` is a
    folder for pre-images of what the application writes below `cwd` (`launcher.preimage`). `heir` is a command that
    is run where this process ends without `close`. `asks_routes` has routes read that a framework would read at its
    first request: for looking at an application, not for running it. `trees` may keep the zygote for another launcher.
    """

    def __init__(
        self,
        *,
        target: str,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        load_timeout_s: float = 10.0,
        owns_time_and_chance: bool = False,
        watches_memory: bool = False,
        seed: int = 0,
        epoch_s: float = EPOCH_S,
        keeps_files_in: Path | None = None,
        heir: Sequence[str] = (),
        asks_routes: bool = False,
        trees: Trees | None = None,
    ) -> None:
        self._target = target
        self._cwd = cwd.resolve()
        self._env = {"PYTHONHASHSEED": str(seed % _HASH_SEEDS)} if owns_time_and_chance else {}
        self._env |= env or {}
        self._load_timeout_s = load_timeout_s
        self._orders: Message = {
            "target": target,
            "cwd": str(self._cwd),
            "owns_time_and_chance": owns_time_and_chance,
            "watches_memory": watches_memory,
            "seed": seed,
            "epoch_s": epoch_s,
            "keeps_files_in": str(keeps_files_in) if keeps_files_in is not None else None,
            "heir": list(heir),
            "asks_routes": asks_routes,
            "passing": {name: os.environ[name] for name in PASSING if name in os.environ},
        }
        self._trees = trees if trees is not None else Trees()
        self._workers: dict[int, Worker] = {}
        self._mode = LoadMode.ONCE
        self._loads = 0
        self._tree: Tree | None = None
        self._first: Loaded | None = None
        self._reloaded: Loaded | None = None

    @property
    def workers(self) -> Mapping[int, Worker]:
        """The workers there are, by number from 1."""
        return self._workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close(is_clean=kind is None)

    def begin_load(self) -> None:
        """Begin what `load` waits for, to do something else in the meantime. Raises AppNotFound."""
        place = find_place(parse(self._target), self._cwd)
        files = AppFiles(root=str(place.root), cwd=str(self._cwd))
        owns = self._orders["owns_time_and_chance"]
        self._tree = self._trees.take(target=self._target, cwd=self._cwd, env=self._env, owns_time_and_chance=owns)
        self._tree.begin(files=files, orders=self._orders)
        self._tree.begin_load(1)

    def load(self) -> AppInfo:
        """Run the application's code once, in a process from which workers will be forked. Raises AppError."""
        if self._tree is None:
            self.begin_load()
        self._loads = 1
        self._first = self._the_tree.loaded(1, self._load_timeout_s)
        info: dict[str, Any] = dict(self._first.info)
        methods = {path: tuple(some) for path, some in info["methods"].items()}
        lists = {name: tuple(info[name]) for name in ("routes", "files", "shared")}
        return AppInfo(**{**info, **lists, "methods": methods})

    def fork(self, count: int, mode: LoadMode) -> tuple[Worker, ...]:
        """Fresh workers 1 to `count`, in place of those there are, in the state of the first load. Raises AppError.

        Loads are numbered anew: 1 is the load that all share, or that of worker 1.
        """
        self.kill_workers()
        self._drop_reloaded()
        self._mode, self._loads = mode, 1 if mode is LoadMode.ONCE else 0
        self._fork_all(dict.fromkeys(range(1, count + 1), 0))
        return tuple(self._workers.values())

    def fork_reloaded(self, count: int, mode: LoadMode) -> None:
        """Fresh workers 1 to `count` as `fork` and `reload` leave them, without those in between. Raises AppError."""
        self.kill_workers()
        self._drop_reloaded()
        self._mode, self._loads = mode, 1 if mode is LoadMode.ONCE else count
        self._load_again()
        self._fork_all(dict.fromkeys(range(1, count + 1), 1))

    def add(self) -> Worker:
        """One more worker, like those there are. Raises AppError."""
        number = max(self._workers, default=0) + 1
        self._fork_all({number: 0})
        return self._workers[number]

    def reload(self) -> None:
        """Run the application's code anew, for every worker. Raises AppError; there are no workers then."""
        generations = {number: worker.generation + 1 for number, worker in self._workers.items()}
        self.stop_workers()
        self._drop_reloaded()
        self._load_again()
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

    def kill_workers(self) -> None:
        """End all workers by SIGKILL."""
        self._kill(list(self._workers.values()))
        self._workers.clear()

    def crashed(self, worker: Worker, when: str) -> AppCrashed:
        """The error that says how `worker` ended, and where; `when` is e.g. "while it answered GET /cart"."""
        was_forked = self._mode is LoadMode.ONCE
        host = self._reloaded or self._first
        stack = worker.stack()
        if not stack and was_forked and host is not None:
            stack = host.dump.of_dead()  # it had no pipe of its own yet
        how = worker.exit_status() or "no answer"
        return failures.crashed(f"worker {worker.number}", how, stack, when=when, was_forked=was_forked)

    def drain_logs(self) -> list[LogLine]:
        """What was logged, printed or warned of outside of any request since the last time, in order."""
        return self._tree.drain_logs() if self._tree is not None else []

    def close(self, *, is_clean: bool = False) -> None:
        """End every process and give back every descriptor. May be called again.

        `is_clean`: nothing was interrupted, so that the zygote may serve somebody else.
        """
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
        for loaded in (self._first, self._reloaded):
            if loaded is not None:
                loaded.close()
        self._first = self._reloaded = None
        tree, self._tree = self._tree, None
        if tree is not None and is_clean:
            self._trees.give_back(tree)
        elif tree is not None:
            tree.close()

    @property
    def _the_tree(self) -> Tree:
        if self._tree is None:
            raise RuntimeError("load() comes first")
        return self._tree

    def _load_again(self) -> None:
        """One load for all; those who load for themselves do so when they are forked."""
        if self._mode is LoadMode.ONCE:
            self._loads += 1
            self._the_tree.begin_load(self._loads)
            self._reloaded = self._the_tree.loaded(self._loads, self._load_timeout_s)

    def _drop_reloaded(self) -> None:
        """Back to the first load; that of a reload has served its time."""
        if self._reloaded is not None:
            self._the_tree.drop(self._reloaded)
            self._reloaded = None

    def _fork_all(self, generations: Mapping[int, int]) -> None:
        """Fork workers side by side, then wait until each is ready; loads that write go one after the other."""
        deadline = time.monotonic() + self._load_timeout_s
        is_writing = self._mode is LoadMode.PER_WORKER and self._first is not None and bool(self._first.info["files"])
        waiting = []
        for number, generation in generations.items():
            self._workers[number] = self._fork_one(number, generation)
            waiting.append(self._workers[number])
            if is_writing:
                self._await_ready(waiting.pop(), self._load_timeout_s)
        self._workers = dict(sorted(self._workers.items()))
        for worker in waiting:
            self._await_ready(worker, max(0.0, deadline - time.monotonic()))

    def _fork_one(self, number: int, generation: int) -> Worker:
        tree, began = self._the_tree, time.monotonic()
        host = (self._reloaded or self._first) if self._mode is LoadMode.ONCE else None
        if host is None:
            self._loads += 1
        pid, sock, dump = tree.fork(host, worker=number, load=self._loads)
        return Worker(
            number=number,
            generation=generation,
            pid=pid,
            load=self._loads,
            load_began=host.began if host is not None else began,
            load_ended=host.ended if host is not None else began,
            sock=sock,
            dump=dump,
            status=lambda limit_s: tree.reap(host, pid, limit_s),
        )

    def _await_ready(self, worker: Worker, limit_s: float) -> None:
        ready = _first_message(worker.sock, limit_s)
        if ready is None and worker.exit_status() is None:
            late = failures.startup_timed_out if self._mode is LoadMode.ONCE else failures.load_timed_out
            raise late(self._target, self._load_timeout_s, worker.stack())
        if ready is None:
            raise self.crashed(worker, "before its first answer")
        if ready["error"] is not None:
            raise failures.restored(ready["error"])
        if self._mode is LoadMode.PER_WORKER:
            worker.load_ended = time.monotonic()

    def _kill(self, workers: list[Worker]) -> None:
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.exit_status(_END_LIMIT_S)
            worker.close()

    def _stop(self, workers: list[Worker]) -> None:
        for worker in workers:
            with contextlib.suppress(OSError):
                worker.sock.sendall(encode([{"type": "workersim.stop"}]))
        deadline = time.monotonic() + _STOP_LIMIT_S
        for worker in workers:
            worker.exit_status(max(0.0, deadline - time.monotonic()))
        self._kill(workers)


def _first_message(sock: socket.socket, limit_s: float) -> Message | None:
    """The first message on a wire; None where it ended or nothing came in time."""
    decoder, deadline = Decoder(), time.monotonic() + limit_s
    while is_readable(sock.fileno(), max(0.0, deadline - time.monotonic())):
        try:
            data = sock.recv(_CHUNK)
        except ConnectionError:
            return None
        if not data:
            return None
        for frame in decoder.feed(data):
            return frame[0]
    return None
