"""The process tree, from its root: the zygote, the processes that have loaded the application, what they fork.

Rule: everything hangs on the control socket of the zygote. When that ends, however this process ends, the zygote
ends all the rest.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from simulator.errors import PlatformError
from simulator.launcher import failures, records
from simulator.launcher.frames import AppFiles
from simulator.launcher.handle import Dump
from simulator.launcher.process import Channel
from simulator.wire import Message

if TYPE_CHECKING:
    from simulator.launcher.logs import LogLine, Logs

_END_LIMIT_S: Final = 5.0
_CONTROL_LIMIT_S: Final = 30.0
_ZYGOTE: Final = Path(__file__).with_name("zygote.py")

Forked: TypeAlias = tuple[int, socket.socket, Dump]
"""Process id, its socket, its pipe for stack dumps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A process that has loaded the application. `info` are the fields of its `AppInfo`, `number` counts loads.

    `began` and `ended` (seconds, `time.monotonic`) enclose the load.
    """

    channel: Channel
    dump: Dump
    pid: int
    number: int
    began: float
    ended: float
    info: Mapping[str, Any]

    def close(self) -> None:
        """Give back the descriptors."""
        self.channel.close()
        self.dump.close()


Kind: TypeAlias = tuple[Hashable, ...]
"""What trees are told apart by."""


class Tree:
    """Starts the zygote, and asks processes to fork others. `env` is its whole environment."""

    def __init__(self, *, cwd: Path, env: Mapping[str, str], kind: Kind = ()) -> None:
        self.kind = kind
        self._files = AppFiles(root=str(cwd), cwd=str(cwd))
        self._orders: Message = {}
        self._imported: set[str] = set()
        self._is_started = False
        self._began = 0.0
        ours, theirs = socket.socketpair()
        out, into = records.socket_pair()
        with theirs:
            self._zygote = _start_zygote([theirs, into], cwd=cwd, env=env)
        self._channel = Channel(ours)
        self._said = (out, into)
        self._logs: Logs | None = None

    @property
    def is_alive(self) -> bool:
        """The zygote has not ended."""
        return self._zygote.poll() is None

    def begin(self, *, files: AppFiles, orders: Message) -> None:
        """From here on `orders` go with every request to load an application, whose files are `files`."""
        self._files = files
        self._orders = orders

    def begin_load(self, number: int) -> None:
        """Have the application's code run in a new process, while this one does something else: `loaded` waits."""
        self._began = time.monotonic()
        self._channel.send({**self._orders, "type": "load", "load": number, "number": None})

    def loaded(self, number: int, limit_s: float) -> Loaded:
        """The process in which load `number`, the last one that was begun, is done. Raises AppError."""
        self._listen()
        pid, sock, dump = self._taken(self._channel)
        channel = Channel(sock)
        try:
            answer = channel.receive(limit_s)
            if answer is None:
                how = self.reap(None, pid, _END_LIMIT_S) or "no answer"
                raise failures.crashed("the app", how, dump.of_dead(), when="while it was being loaded")
            if answer["type"] == "failed":
                raise failures.restored(answer["error"])
        except BaseException as error:
            stack = dump.of_living(pid) if isinstance(error, TimeoutError) else ()
            self._end(pid)
            channel.close()
            dump.close()
            if isinstance(error, TimeoutError):
                raise failures.load_timed_out(self._orders["target"], limit_s, stack) from None
            raise
        self._warm_up(answer["warm"])  # while the first workers serve
        ended = time.monotonic()
        return Loaded(
            channel=channel, dump=dump, pid=pid, number=number, began=self._began, ended=ended, info=answer["info"]
        )

    def fork(self, loaded: Loaded | None, *, worker: int, load: int) -> Forked:
        """A worker, from a loaded process or (None) from the zygote, to load for itself. Raises AppCrashed."""
        try:
            command = {"type": "fork", "number": worker, "load": load}
            return self._forked(loaded.channel if loaded is not None else self._channel, command)
        except OSError:
            if loaded is None:
                raise
        how = self.reap(None, loaded.pid, _END_LIMIT_S) or "no answer"
        raise failures.crashed("the app", how, loaded.dump.of_dead(), when="after it was loaded")

    def reap(self, parent: Loaded | None, pid: int, limit_s: float) -> str | None:
        """How the process `pid` ended; None while it lives, for which it is given `limit_s`."""
        channel = parent.channel if parent is not None else self._channel
        try:
            channel.send({"type": "reap", "pid": pid, "limit_s": limit_s})
            how: str | None = self._expect(channel, "reaped")["how"]
        except OSError:
            return "gone"
        return how

    def drop(self, loaded: Loaded) -> None:
        """End a loaded process; its workers end with it."""
        self._end(loaded.pid)
        loaded.close()

    def drain_logs(self) -> list[LogLine]:
        """What was said outside of any request since the last time."""
        return self._logs.drain() if self._logs is not None else []

    def clear(self) -> bool:
        """End every process but the zygote, so that something else can `begin`; whether that was possible."""
        self._channel.send({"type": "clear"})
        is_cleared: bool = self._expect(self._channel, "cleared")["is_cleared"]
        self._end_logs()
        return is_cleared

    def close(self) -> None:
        """End everything."""
        if not self._orders:  # nothing was asked of it: it need not even finish to start
            self._zygote.kill()
        with contextlib.suppress(OSError):
            self._channel.send({"type": "farewell"})
        self._channel.close()
        try:
            self._zygote.wait(_END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._zygote.kill()
            self._zygote.wait()
        self._end_logs()
        for sock in self._said:
            sock.close()

    def _listen(self) -> None:
        """Imported while the application loads; its thread begins after the last process that this one starts."""
        from simulator.launcher.logs import Logs

        if self._logs is None:
            self._logs = Logs(*self._said)

    def leave(self) -> None:
        """In a process that was forked from the one which made this: have nothing to do with it, nor keep it alive."""
        self._channel.close()
        for sock in self._said:
            sock.close()
        self._zygote.returncode = 0  # somebody else's child: it is neither waited for nor missed

    def _end_logs(self) -> None:
        if self._logs is not None:
            self._logs.close()
            self._logs = None

    def _end(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self.reap(None, pid, _END_LIMIT_S)

    def _warm_up(self, modules: Iterable[str]) -> None:
        """From the second load on, the zygote has imported the frameworks that the first one used."""
        new = [module for module in modules if module not in self._imported]
        if new:
            self._channel.send({"type": "warm", "modules": new})
            self._imported.update(new)

    def _forked(self, channel: Channel, command: Message) -> Forked:
        channel.send({**self._orders, **command})
        return self._taken(channel)

    def _taken(self, channel: Channel) -> Forked:
        """The process that `channel` was asked to fork."""
        pid = self._expect(channel, "forked")["pid"]
        sock, dump = channel.take_descriptors(2)
        return pid, socket.socket(fileno=sock), Dump(dump, self._files)

    def _expect(self, channel: Channel, kind: str) -> Message:
        if not self._is_started:
            self._is_started = True
            self._expect(self._channel, "started")
        answer = channel.receive(_CONTROL_LIMIT_S)
        if answer is None:
            raise ConnectionError(f"a process of workersim ended before it said {kind!r}")
        assert answer["type"] == kind, answer
        return answer


def _start_zygote(given: list[socket.socket], *, cwd: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """The zygote takes the sockets as they are given. What C code prints goes to a file without a name."""
    if not hasattr(os, "fork"):
        raise PlatformError(
            "this needs os.fork, which Windows does not have",
            do=(
                "Use WSL (wsl --install), a Codespace, or PythonAnywhere's own console.",
                "Reports and lessons can be read here: workersim explain, workersim list",
            ),
        )
    descriptors = [sock.fileno() for sock in given]
    with TemporaryFile() as output:
        return subprocess.Popen(
            [sys.executable, "-P", str(_ZYGOTE), *map(str, descriptors)],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=descriptors,
            process_group=0,
        )
