"""The clean process that everything of the application is forked from; its own interpreter.

Run as a program by the launcher: `zygote.py CONTROL RECORDS` (descriptors). Rule: it never runs the
application's code, is single-threaded, always answers, and ends everything below it when its controller is gone.
The folder that holds this package is not left on `sys.path`, so that a project's own `cli.py`, `scenarios/` or
`tests/` are the ones it imports.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # before anything of ours is imported; this file's own folder is not on the path (-P)
    from os.path import abspath, dirname

    _home = dirname(dirname(dirname(abspath(__file__))))
    sys.path.insert(0, _home)
    import simulator.launcher.process  # noqa: F401

    sys.path.remove(_home)
    if not _home.endswith(("site-packages", "dist-packages")):
        sys.path[:] = [entry for entry in sys.path if abspath(entry) != _home]

import contextlib
import importlib
import os
import signal
import socket
from functools import partial
from pathlib import Path

from simulator.errors import AppError
from simulator.launcher import failures, loader
from simulator.launcher.capture import Capture
from simulator.launcher.host import Host, Role, collect_before_forks
from simulator.launcher.process import Channel, adopt_orphans, end_descendants
from simulator.launcher.worker import Program, Seat, Worker, report_crashes
from simulator.wire import Message, encode

_END_LIMIT_S = 2.0


class Zygote(Host):
    """Forks processes that load the application: one for all workers, or each worker for itself."""

    def run(self) -> Role | None:
        adopt_orphans()
        self.channel.send({"type": "started"})
        while (command := self.channel.receive()) is not None:
            if command["type"] == "reap":
                self.reap(command)
            elif command["type"] == "warm":
                self._import(command["modules"])
            else:
                role = LoadedHost if command["type"] == "load" else LoadingWorker
                if (child := self.fork(partial(role, command))) is not None:
                    return child
        self._end()
        return None

    def _import(self, modules: list[str]) -> None:
        """Frameworks that the application uses, so that its next load does not wait for them."""
        for module in modules:
            with contextlib.suppress(Exception):
                importlib.import_module(module)

    def _end(self) -> None:
        end_descendants(_END_LIMIT_S)
        os.killpg(0, signal.SIGKILL)


class LoadedHost(Host):
    """Loads the application once, then forks workers from it."""

    def __init__(self, command: Message, sock: socket.socket, dump: int) -> None:
        super().__init__(Channel(sock))
        self._command = command
        self._dump = dump

    def run(self) -> Role | None:
        report_crashes(self._dump)
        try:
            program, info = load_program(self._command)
        except AppError as error:
            self.channel.send({"type": "failed", "error": failures.plain(error)})
            os._exit(1)
        collect_before_forks()
        self.channel.send({"type": "loaded", "info": info})
        while (command := self.channel.receive()) is not None:
            if command["type"] == "reap":
                self.reap(command)
            elif (child := self.fork(partial(_worker, command, program))) is not None:
                return child
        os._exit(0)


def _worker(command: Message, program: Program, sock: socket.socket, dump: int) -> Role:
    report_crashes(dump)
    return Worker(_seat(command, sock, dump), program)


class LoadingWorker:
    """A worker that loads the application itself."""

    def __init__(self, command: Message, sock: socket.socket, dump: int) -> None:
        self._command = command
        self._sock = sock
        self._dump = dump

    def run(self) -> Role | None:
        report_crashes(self._dump)
        try:
            program, _ = load_program(self._command)
        except AppError as error:
            self._sock.sendall(encode([{"type": "workersim.ready", "error": failures.plain(error)}]))
            os._exit(1)
        collect_before_forks()
        return Worker(_seat(self._command, self._sock, self._dump), program)


def load_program(command: Message) -> tuple[Program, Message]:
    """Raises AppError."""
    search = loader.find(command["target"], Path(command["cwd"]))
    capture = Capture(files=search.files, outside=lambda _: None)
    capture.install()
    loaded = loader.load(search)
    program = Program(app=loaded.app, interface=loaded.kind.interface, files=search.files, capture=capture)
    return program, loaded.info


def _seat(command: Message, sock: socket.socket, dump: int) -> Seat:
    return Seat(
        number=command["number"],
        sock=sock,
        dump=dump,
        load=command["load"],
        seed=command["seed"],
        owns_time_and_chance=command["owns_time_and_chance"],
    )


def main() -> None:
    """Be the zygote; in each process that is forked, be what that process is."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    role: Role | None = Zygote(Channel(socket.socket(fileno=int(sys.argv[1]))))
    while role is not None:
        role = role.run()


if __name__ == "__main__":
    main()
