"""What forks of this process would not have for themselves: threads that stay behind, memory and programs in common.

Runs inside the application's process, at the end of a load.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Final

from simulator.launcher.process import children

_LOCK: Final = "/dev/shm/sem."


def shared_with_forks() -> Iterator[str]:
    """In words for people: what the load has started, so that forks of one load are not as fresh as another load."""
    if threading.active_count() > 1:
        yield "starts a thread"
    if children():
        yield "starts a process"
    if any(_is_shared(line.split()) for line in _mappings()):
        yield "makes memory that its forks share"


def _mappings() -> list[str]:
    """The lines of /proc/self/maps; none where the system has no such file."""
    with contextlib.suppress(OSError), open("/proc/self/maps") as file:
        return file.readlines()
    return []


def _is_shared(fields: list[str]) -> bool:
    """Is it writable, shared, and no file that others could open? Locks hold nothing between two requests."""
    if fields[1] != "rw-s":
        return False
    path = fields[5] if len(fields) > 5 else ""
    return not path.startswith(_LOCK) and (path.startswith("/dev/") or fields[-1] == "(deleted)")
