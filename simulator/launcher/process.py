"""The few operating-system calls of the process tree: dying with the parent, adopting orphans, passing sockets.

Rule: what only Linux has (a death signal, a subreaper, /proc) is an addition. Without it a process still ends
when its sockets do, and the zygote still ends its process group.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from typing import Final

from simulator.wire import Decoder, Message, encode

STACK_SIGNAL: Final = getattr(signal, "SIGURG", signal.SIGTERM)
"""Asks a process where it is. Its default is to be ignored, so it harms nobody who is not ready for it.

(Windows has none, and no fork; this module is imported there all the same.)
"""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36
_CHUNK: Final = 1 << 16
_MOST_DESCRIPTORS: Final = 8


def die_with_parent(parent: int) -> None:
    """Ask for SIGKILL when the process `parent`, which forked this one, ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the request was made
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that none escapes and none stays a zombie."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def end_descendants(limit_s: float) -> bool:
    """Kill and reap every process below this one; to be called where orphans are adopted. Whether all are gone."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        pids = children()
        if pids is None:
            return False
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if not reaped:
            time.sleep(0.001)
    return False


def children() -> list[int] | None:
    """The direct children; None where the system does not say."""
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            return [int(pid) for pid in file.read().split()]
    except OSError:
        return None


def exit_name(status: int) -> str:
    """What `os.waitpid` said, in words: "SIGSEGV" or "exit code 1"."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def is_readable(descriptor: int, timeout_s: float | None) -> bool:
    """Wait until there is something to read, or an end. (`select.select` knows no descriptor above 1023.)"""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(None if timeout_s is None else math.ceil(timeout_s * 1000)))


class Channel:
    """A stream socket that carries control messages, each a frame of one message, with descriptors beside it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._decoder = Decoder()
        self._messages: list[Message] = []
        self._descriptors: list[int] = []

    def send(self, message: Message, descriptors: Sequence[int] = ()) -> None:
        """Raises OSError where the other end is gone."""
        data = encode([message])
        sent = socket.send_fds(self.sock, [data], list(descriptors)) if descriptors else 0
        self.sock.sendall(data[sent:])

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """The next message; None where the other end is gone. Raises TimeoutError."""
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while not self._messages:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not is_readable(self.sock.fileno(), left):
                raise TimeoutError
            try:
                data, descriptors, _, _ = socket.recv_fds(self.sock, _CHUNK, _MOST_DESCRIPTORS)
            except ConnectionError:
                return None
            for descriptor in descriptors:
                os.set_inheritable(descriptor, False)
            self._descriptors += descriptors
            if not data:
                return None
            self._messages += [message for frame in self._decoder.feed(data) for message in frame]
        return self._messages.pop(0)

    def take_descriptors(self, count: int) -> list[int]:
        """The oldest `count` descriptors that came and were not taken yet."""
        taken, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        return taken

    def close(self) -> None:
        self.sock.close()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []
