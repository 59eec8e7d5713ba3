"""Who holds a port, for the message that says so (Linux; elsewhere nobody is named)."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

_LISTENING = "0A"


def holder_of(port: int) -> str:
    """ "python3 (pid 4711, you)", or "" where it cannot be found out."""
    inodes = set(_listening_inodes(port))
    if not inodes:
        return ""
    targets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(os.readlink(descriptor) in targets for descriptor in (process / "fd").iterdir()):
                name = (process / "comm").read_text().strip()
                you = ", you" if process.stat().st_uid == os.getuid() else ""
                return f"{name} (pid {process.name}{you})"
    return ""


def free_port(host: str) -> int:
    """A port that is free just now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _listening_inodes(port: int) -> Iterator[str]:
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with contextlib.suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]
