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

import atexit
import encodings.idna  # noqa: F401 - the first request of every worker would import it
import importlib
import os
import signal
import socket
from functools import partial

from simulator.errors import AppError
from simulator.launcher import failures, warmth
from simulator.launcher.host import Host, Role, collect_before_forks
from simulator.launcher.ownership import Ownership
from simulator.launcher.process import Channel, adopt_orphans, end_descendants
from simulator.launcher.program import Program, load_program, ownership_for
from simulator.launcher.records import RecordQueue, say
from simulator.launcher.worker import Seat, Worker, report_crashes
from simulator.wire import Message, encode

_END_LIMIT_S = 2.0


class Zygote(Host):
    """Forks processes that load the application: one for all workers, or each worker for itself."""

    def __init__(self, channel: Channel, records: RecordQueue) -> None:
        super().__init__(channel)
        self._records = records
        self._ownership: Ownership | None = None
        self._heir: list[str] = []

    def run(self) -> Role | None:
        adopt_orphans()
        self.channel.send({"type": "started"})
        while (command := self.channel.receive()) is not None:
            if command["type"] == "reap":
                self.reap(command)
            elif command["type"] == "warm":
                warmth.import_all(command["modules"])
                collect_before_forks()  # every load ends with a collection: what is here already, it need not look at
            elif command["type"] == "farewell":
                self._heir = []
            elif command["type"] == "clear":
                self._clear()
            else:
                self._own(command)
                self._heir = command["heir"]
                role = LoadedHost if command["type"] == "load" else LoadingWorker
                if (child := self.fork(partial(role, command, self._records, self._ownership))) is not None:
                    return child
        end_descendants(_END_LIMIT_S)
        if self._heir:
            os.posix_spawn(self._heir[0], self._heir, os.environ, setpgroup=0)
        os.killpg(0, signal.SIGKILL)
        return None

    def _clear(self) -> None:
        """End all other processes; then this one is as it was before the first load, but for what it has imported."""
        self._heir = []
        is_cleared = end_descendants(_END_LIMIT_S)
        importlib.invalidate_caches()  # files may change until the next load
        self.channel.send({"type": "cleared", "is_cleared": is_cleared})

    def _own(self, command: Message) -> None:
        """Time and chance are taken over here once, so that no load has to."""
        if self._ownership is not None:
            self._ownership.begin_run(str(command["seed"]), epoch_s=command["epoch_s"])
        elif (ownership := ownership_for(command)) is not None:
            ownership.take_over()
            self._ownership = ownership


class LoadedHost(Host):
    """Loads the application once, then forks workers from it."""

    def __init__(
        self, command: Message, records: RecordQueue, ownership: Ownership | None, sock: socket.socket, dump: int
    ) -> None:
        super().__init__(Channel(sock))
        self._command = command
        self._ownership = ownership
        self._records = records
        self._dump = dump

    def run(self) -> Role | None:
        report_crashes(self._dump)
        try:
            program, info = load_program(self._command, partial(say, self._records, None), self._ownership)
        except AppError as error:
            self.channel.send({"type": "failed", "error": failures.plain(error)})
            os._exit(1)
        collect_before_forks()
        self.channel.send({"type": "loaded", "info": info, "warm": warmth.imported_frameworks()})
        while (command := self.channel.receive()) is not None:
            if command["type"] == "reap":
                self.reap(command)
            elif (child := self.fork(partial(self._worker, command, program))) is not None:
                return child
        os._exit(0)

    def _worker(self, command: Message, program: Program, sock: socket.socket, dump: int) -> Role:
        report_crashes(dump)
        os.close(self._dump)
        program.capture.outside = partial(say, self._records, command["number"])
        if program.ownership is not None:
            program.ownership.after_fork(command["number"])
        return Worker(_seat(command, sock, dump), program)


class LoadingWorker:
    """A worker that loads the application itself."""

    def __init__(
        self, command: Message, records: RecordQueue, ownership: Ownership | None, sock: socket.socket, dump: int
    ) -> None:
        self._command = command
        self._ownership = ownership
        self._records = records
        self._sock = sock
        self._dump = dump

    def run(self) -> Role | None:
        report_crashes(self._dump)
        try:
            program, _ = load_program(
                self._command, partial(say, self._records, self._command["number"]), self._ownership
            )
        except AppError as error:
            self._sock.sendall(encode([{"type": "workersim.ready", "error": failures.plain(error)}]))
            os._exit(1)
        program.capture.take_files()  # those of a load are told once, by the first
        return Worker(_seat(self._command, self._sock, self._dump), program)


def _seat(command: Message, sock: socket.socket, dump: int) -> Seat:
    return Seat(
        number=command["number"],
        sock=sock,
        dump=dump,
        load=command["load"],
    )


class _Leave:
    """The exit handler that was registered first and so runs last: after all of the application's have run, a stopped
    process need not take itself apart, which takes tens of milliseconds.
    """

    def __init__(self) -> None:
        self.is_due = False

    def __call__(self) -> None:
        if self.is_due:
            os._exit(0)


def main() -> None:
    """Be the zygote; in each process that is forked, be what that process is."""
    control, records = (socket.socket(fileno=int(descriptor)) for descriptor in sys.argv[1:])
    for sock in (control, records):
        sock.set_inheritable(False)
    leave = _Leave()
    atexit.register(leave)
    role: Role | None = Zygote(Channel(control), RecordQueue(records))
    while role is not None:
        role = role.run()
    leave.is_due = True


if __name__ == "__main__":
    main()
