"""Processes that fork others on request: the zygote, and the process that has loaded the application.

Rule: a host is single-threaded as far as it is ours, does nothing between commands, and never runs the
application on its own account. A forked child does not return into its parent's loop: `run` gives it its new
role, and `zygote.main` runs that one next, on a clean stack.
"""

from __future__ import annotations

import gc
import os
import select
import socket
import warnings
from collections.abc import Callable
from typing import Final, Protocol

from simulator.launcher.process import Channel, die_with_parent, exit_name
from simulator.wire import Message

_REAP_STEP_S: Final = 0.001


class Role(Protocol):
    """What a process is."""

    def run(self) -> Role | None:
        """Be it, to the end (None) or until this is a forked child with a role of its own."""


def forked() -> int:
    """`os.fork`, also where the application has started threads: they end in the child, as in production."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def collect_before_forks() -> None:
    """Move everything that lives out of the collector's sight, so that workers share its memory."""
    gc.collect()
    gc.freeze()


class Host:
    """The commands that every host knows: fork a process, tell how one ended."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel

    def fork(self, role: Callable[[socket.socket, int], Role]) -> Role | None:
        """Fork a process with a socket and a pipe for stack dumps; the far ends go to the controller.

        In the child: its role. In the host: None.
        """
        ours, theirs = socket.socketpair()
        dump_in, dump_out = os.pipe()
        parent = os.getpid()
        pid = forked()
        if pid == 0:
            die_with_parent(parent)
            self.channel.close()
            theirs.close()
            os.close(dump_in)
            return role(ours, dump_out)
        self.channel.send({"type": "forked", "pid": pid}, [theirs.fileno(), dump_in])
        ours.close()
        theirs.close()
        os.close(dump_in)
        os.close(dump_out)
        return None

    def reap(self, command: Message) -> None:
        """Answer how the process `pid` ended (None: it lives), waiting for that up to `limit_s`."""
        how: str | None = None
        for _ in range(int(command["limit_s"] / _REAP_STEP_S) + 1):
            try:
                pid, status = os.waitpid(command["pid"], os.WNOHANG)
            except ChildProcessError:
                how = "gone"
                break
            if pid:
                how = exit_name(status)
                break
            select.select([], [], [], _REAP_STEP_S)  # not `time`: the application's may be a virtual clock
        self.channel.send({"type": "reaped", "how": how})
