"""What a process is connected to: servers, and programs by their pipes. Runs inside the application's process.

Python says when it connects and when it starts a program (audit events); what C code has connected is found among
the open descriptors. Rule: what nobody has a name for (socket pairs, and so all that is ours) is left out.
"""

from __future__ import annotations

import _socket  # the application may have replaced the classes of `socket`
import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

Peer: TypeAlias = tuple[str, str, bool]
"""A server's address or a program's name; the application's line that connected, "" where it is not known; and whether
the connection is one for all workers, since it was there before they were forked.
"""

_DESCRIPTORS: Final = "/dev/fd"
_LOOKS: Final = 5
"""After so many requests a process is not looked through any more."""
_TCP_INFO: Final = getattr(_socket, "TCP_INFO", None)
_SEGMENTS: Final = slice(136, 144)
"""In Linux's `struct tcp_info`: how many segments were sent and received."""


class Connections:
    """Notices what this process, and each fork of it, is connected to. `where` gives the application's line now."""

    def __init__(self, where: Callable[[], str]) -> None:
        self._where = where
        self._places: dict[str, str] = {}
        self._pipes: dict[int, str] = {}
        self._inherited: dict[int, bytes] = {}
        self._told: set[tuple[str, bool]] = set()
        self._looks = 0
        os.register_at_fork(after_in_child=self._forked)

    def notice(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit event."""
        if event == "socket.connect" and arguments[0].type & _socket.SOCK_STREAM:
            if peer := _name(arguments[1]):
                self._places.setdefault(peer, self._where())
        elif event == "subprocess.Popen":
            name = os.path.basename(os.fsdecode(arguments[0]))
            pipes = [inode for inode, mode, _ in _open() if stat.S_ISFIFO(mode) and inode not in self._pipes]
            self._pipes.update(dict.fromkeys(pipes, name))
            self._places[name] = self._where()

    def take(self) -> list[Peer]:
        """What was not told yet."""
        if self._looks >= _LOOKS and not (self._places or self._inherited):
            return []  # nearly always
        connected = dict.fromkeys((peer, False) for peer in self._places if peer not in self._pipes.values())
        if self._looks < _LOOKS or self._inherited:
            self._looks += 1
            connected |= dict.fromkeys(self._held())
        new = [one for one in connected if one not in self._told]
        self._told.update(new)
        return [(peer, self._places.get(peer, ""), is_shared) for peer, is_shared in new]

    def _held(self) -> Iterator[tuple[str, bool]]:
        for inode, mode, descriptor in _open():
            is_shared = inode in self._inherited
            if stat.S_ISSOCK(mode):
                peer, traffic = _socket_at(descriptor)
                if peer:
                    yield peer, is_shared and (not traffic or traffic != self._inherited[inode])
            elif is_shared and inode in self._pipes:
                yield self._pipes[inode], True

    def _forked(self) -> None:
        """What is open in a process that was just forked belongs to its parent, and to all its other children."""
        self._told, self._looks = set(), 0
        self._inherited = {
            inode: _socket_at(descriptor)[1] if stat.S_ISSOCK(mode) else b""
            for inode, mode, descriptor in _open()
            if inode in self._pipes or (stat.S_ISSOCK(mode) and _socket_at(descriptor)[0])
        }


def _open() -> Iterator[tuple[int, int, int]]:
    """Inode, mode and number of each open descriptor."""
    for name in os.listdir(_DESCRIPTORS):
        with contextlib.suppress(OSError):
            found = os.fstat(int(name))
            yield found.st_ino, found.st_mode, int(name)


def _socket_at(descriptor: int) -> tuple[str, bytes]:
    """To what the stream socket is connected ("": to nothing that has a name), and what tells how much it was used."""
    with contextlib.suppress(OSError):
        sock = _socket.socket(fileno=os.dup(descriptor))
        try:
            if sock.type & _socket.SOCK_STREAM and (peer := _name(sock.getpeername())):
                return peer, _traffic(sock)
        finally:
            sock.close()
    return "", b""


def _traffic(sock: Any) -> bytes:
    if _TCP_INFO is None or sock.family not in (_socket.AF_INET, _socket.AF_INET6):
        return b""
    info: bytes = sock.getsockopt(_socket.IPPROTO_TCP, _TCP_INFO, _SEGMENTS.stop)
    return info[_SEGMENTS]


def _name(address: Any) -> str:
    """`127.0.0.1:6379`, or the path of a socket; "" for what is of no interest."""
    if isinstance(address, tuple):
        host = "127.0.0.1" if address[0] == "localhost" else address[0]
        return f"{host}:{address[1]}"
    name = os.fsdecode(address) if isinstance(address, (str, bytes)) else ""
    return "" if name.startswith("/dev/") else "a process of multiprocessing" if "/pymp-" in name else name
