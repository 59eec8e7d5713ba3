"""The controller's end of the application's logging: what was logged outside of any request.

multiprocessing-logging's handler does the receiving, in its thread, here: the controller never forks, so the
thread harms nobody, and it is the one process that outlives all others. Only the queue under it is ours (`records`).
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections import deque
from typing import Any, Final, TypeAlias

from multiprocessing_logging import MultiProcessingHandler  # type: ignore[import-untyped]

from simulator.launcher.records import RecordQueue

LogLine: TypeAlias = tuple[int | None, str, str, str]
"""Worker (None: the process that loads), level, logger, message."""

_DRAIN_LIMIT_S: Final = 0.2
_DRAIN_STEP_S: Final = 0.0005


class _Keeper(logging.Handler):
    """Keeps records until somebody asks."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = 0
        self.lines: deque[LogLine] = deque()

    def emit(self, record: logging.LogRecord) -> None:
        worker = getattr(record, "worker", None)
        self.lines.append((worker, record.levelname, record.name, record.getMessage()))
        self.kept += 1


class _Receiver(MultiProcessingHandler):  # type: ignore[misc]
    """multiprocessing-logging's handler on a queue of ours."""

    def __init__(self, records: RecordQueue, keeper: _Keeper) -> None:
        self._records = records
        super().__init__("workersim-logs", sub_handler=keeper)

    @property
    def queue(self) -> Any:
        return self._records

    @queue.setter
    def queue(self, _: Any) -> None:
        """The handler makes itself a multiprocessing queue; it is not used."""


class Logs:
    """Everything the application logged, printed or warned of outside of a request."""

    def __init__(self, out: socket.socket, into: socket.socket) -> None:
        self._into = into
        self._records = RecordQueue(out)
        self._keeper = _Keeper()
        self._receiver = _Receiver(self._records, self._keeper)

    def drain(self) -> list[LogLine]:
        """What has come since the last time, in order, with all that was sent before this call."""
        deadline = time.monotonic() + _DRAIN_LIMIT_S
        while self._is_busy() and time.monotonic() < deadline:
            time.sleep(_DRAIN_STEP_S)
        return [self._keeper.lines.popleft() for _ in range(len(self._keeper.lines))]

    def close(self) -> None:
        """End the thread; what was not drained is lost. The sockets belong to who made them."""
        with contextlib.suppress(OSError):  # full: the thread ends when it has read all
            self._into.send(b"")
        self._receiver.close()

    def _is_busy(self) -> bool:
        return bool(self._records.qsize()) or self._records.taken > self._keeper.kept
