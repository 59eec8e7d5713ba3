"""Log records that belong to no request, on their way from the application's processes to the controller.

Rule: nothing that a killed process could leave locked, and no thread in a process of the application. A record is
one datagram, whole or not at all, so any number of processes write to one socket without a lock; a multiprocessing
queue would need a thread in each writer, and a lock that a SIGKILL can leave taken for ever.
"""

from __future__ import annotations

import logging
import marshal
import queue
import select
import socket
from typing import Final

from simulator.launcher.process import is_readable

_WAIT_MS: Final = 100
_MESSAGE_LIMIT: Final = 16_384
_SMALL_MESSAGE_LIMIT: Final = 500
_DATAGRAM: Final = 1 << 17
_BUFFER: Final = 1 << 20


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Where records come out, where they go in."""
    kind = getattr(socket, "SOCK_SEQPACKET", None)
    try:
        out, into = socket.socketpair(socket.AF_UNIX, kind if kind is not None else socket.SOCK_DGRAM)
    except OSError:  # macOS knows the name, not the thing
        out, into = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    into.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    into.setblocking(False)
    return out, into


class RecordQueue:
    """The sockets as the queue of records that logging's and multiprocessing-logging's handlers expect."""

    def __init__(self, sock: socket.socket) -> None:
        self.taken = 0
        self._sock = sock
        self._lost = 0
        is_small = sock.type == socket.SOCK_DGRAM
        self._limit = _SMALL_MESSAGE_LIMIT if is_small else _MESSAGE_LIMIT

    def put_nowait(self, record: logging.LogRecord) -> None:
        """Send, or lose the record where nobody reads; the next one says how many were lost before it."""
        message = record.getMessage()
        if len(message) > self._limit:
            message = f"{message[: self._limit]} ... ({len(message)} characters)"
        if self._lost:
            message = f"{message} ({self._lost} records before this one were lost)"
        data = marshal.dumps((getattr(record, "worker", None), record.levelno, record.levelname, record.name, message))
        self._lost = 0 if self._sent(data) else self._lost + 1

    def _sent(self, data: bytes) -> bool:
        try:
            self._sock.send(data)
        except BlockingIOError:
            poll = select.poll()
            poll.register(self._sock, select.POLLOUT)
            poll.poll(0 if self._lost else _WAIT_MS)
        except OSError:
            return False
        else:
            return True
        try:
            self._sock.send(data)
        except OSError:
            return False
        return True

    def get(self, block: bool = True, timeout: float | None = None) -> logging.LogRecord:
        """The next record. Raises queue.Empty, and EOFError after `end`."""
        if not is_readable(self._sock.fileno(), timeout if block else 0):
            raise queue.Empty
        data = self._sock.recv(_DATAGRAM)
        if not data:
            raise EOFError
        worker, levelno, levelname, name, message = marshal.loads(data)
        self.taken += 1
        return logging.makeLogRecord(
            {"worker": worker, "levelno": levelno, "levelname": levelname, "name": name, "msg": message}
        )

    def qsize(self) -> int:
        """1 where at least one record waits, else 0."""
        return int(is_readable(self._sock.fileno(), 0))

    def close(self) -> None:
        """The socket belongs to who made it."""

    def join_thread(self) -> None:
        """There is none."""


def say(records: RecordQueue, worker: int | None, level: str, logger: str, message: str) -> None:
    """Put what was said outside of a request, by `worker` or (None) by the process that loads, into `records`."""
    levelno = logging.getLevelNamesMapping().get(level, logging.INFO)
    fields = {"worker": worker, "levelno": levelno, "levelname": level, "name": logger, "msg": message}
    records.put_nowait(logging.makeLogRecord(fields))
