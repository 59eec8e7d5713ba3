"""Holds somebody else's server: runs it as a child, and ends it with all its children when the holder is gone.

Run as a program: `leash.py PROGRAM ARGUMENT ...`. Rule: standard input is the leash. At its end, whatever ended
it, everything below this process is killed; if the server ends by itself, this process ends with its exit code.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":  # this file's own folder is not on the path (-P)
    from os.path import abspath, dirname

    sys.path.insert(0, dirname(dirname(dirname(abspath(__file__)))))

import os
import signal
from typing import Final

from simulator.launcher.process import adopt_orphans, die_with_parent, end_descendants, is_readable

_LOOK_S: Final = 0.02
_END_LIMIT_S: Final = 2.0


def main(arguments: list[str]) -> int:
    """Run the program until it or the holder ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the holder's
    adopt_orphans()
    server = _start(arguments)
    code = None
    while code is None and not is_readable(sys.stdin.fileno(), _LOOK_S):
        pid, status = os.waitpid(server, os.WNOHANG)
        code = os.waitstatus_to_exitcode(status) if pid else None
    end_descendants(_END_LIMIT_S)
    return code if code is not None and code >= 0 else 1


def _start(arguments: list[str]) -> int:
    leash = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            die_with_parent(leash)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.execv(arguments[0], arguments)
        finally:
            os._exit(127)
    return pid


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
