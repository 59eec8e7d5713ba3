"""The controller's side of one worker process: its socket, how it ended, where it is."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from collections.abc import Callable

from simulator.launcher.frames import AppFiles, dumped_places
from simulator.launcher.process import STACK_SIGNAL, is_readable
from simulator.wire import Decoder, Message, encode

_FIRST_ANSWER_S = 1.0
_QUIET_S = 0.02
_CHUNK = 1 << 16
_LARGE_CHUNK = 1 << 18


class Dump:
    """The pipe into which a process writes where it is (faulthandler's form)."""

    def __init__(self, descriptor: int, files: AppFiles) -> None:
        self._descriptor = descriptor
        self._files = files
        self._text = ""
        os.set_blocking(descriptor, False)

    def of_living(self, pid: int) -> tuple[str, ...]:
        """Ask the process and read its answer; () where it gives none."""
        self._read(0)
        self._text = ""
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, STACK_SIGNAL)
            self._read(_FIRST_ANSWER_S)
        return self._places()

    def of_dead(self) -> tuple[str, ...]:
        """What it wrote when a signal ended it."""
        self._read(0)
        return self._places()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
        self._descriptor = -1

    def _places(self) -> tuple[str, ...]:
        return tuple(self._files.line(place) for place in dumped_places(self._text, self._files))

    def _read(self, wait_s: float) -> None:
        while self._descriptor >= 0 and is_readable(self._descriptor, wait_s):
            data = os.read(self._descriptor, _CHUNK)
            if not data:
                return
            self._text += data.decode("utf-8", "replace")
            wait_s = _QUIET_S


class Worker:
    """One worker process. `sock` is its wire; the launcher alone makes and ends workers.

    `load_began` and `load_ended` (seconds, `time.monotonic`) enclose the run of the application's code that this
    worker's state comes from; `load` numbers it.
    """

    def __init__(
        self,
        *,
        number: int,
        generation: int,
        pid: int,
        load: int,
        load_began: float,
        load_ended: float,
        sock: socket.socket,
        dump: Dump,
        status: Callable[[float], str | None],
    ) -> None:
        self.number = number
        self.generation = generation
        self.pid = pid
        self.load = load
        self.load_began = load_began
        self.load_ended = load_ended
        self.sock = sock
        self._dump = dump
        self._status = status
        self._how: str | None = None

    def exit_status(self, limit_s: float = 0.0) -> str | None:
        """How it ended: "SIGSEGV" or "exit code 1"; None while it lives.

        Where its wire has ended it is given `limit_s` (at least a second) to end too.
        """
        if self._how is None:
            self._how = self._status(max(limit_s, 1.0) if self._has_hung_up() else limit_s)
        return self._how

    def stack(self) -> tuple[str, ...]:
        """The application's frames, innermost first: where it is, or was when a signal ended it."""
        return self._dump.of_living(self.pid) if self.exit_status() is None else self._dump.of_dead()

    def look(self, **question: object) -> None:
        """Have it look at what it holds (`launcher.memory`); it serves nothing now. Raises OSError if it is gone."""
        self.sock.sendall(encode([{"type": "workersim.memory", **question}]))

    def seen(self) -> Message | None:
        """What it saw in the look that was asked for; None where it has ended. Raises OSError."""
        decoder = Decoder()
        while data := self.sock.recv(_LARGE_CHUNK):
            for messages in decoder.feed(data):
                memory: Message = messages[-1]["memory"]
                return memory
        return None

    def _has_hung_up(self) -> bool:
        if self.sock.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self.sock, select.POLLHUP)
        return bool(poll.poll(0))

    def kill(self) -> None:
        """SIGKILL. The process stays a zombie, and its pid its own, until its host reaps it."""
        if self._how is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Give back the descriptors."""
        self.sock.close()
        self._dump.close()
