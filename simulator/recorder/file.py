"""The record on disk: append-only JSON Lines, the header first.

Rule 1: an event is in the kernel's hands when `emit` returns, in one write; a `kill -9` loses nothing that happened.
Rule 2: what cannot be written is told once, in `trouble`; the run goes on without a record.
Rule 3: no secret reaches the disk (`history.redaction`).
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from simulator.events import Event
from simulator.history.lines import Lines
from simulator.history.record import Header, encode_header
from simulator.history.redaction import Redaction


class FileSink:
    """Writes events to `path` (replaced if it exists; its folder is made).

    `redaction` takes the secrets out (default: the usual ones). `trouble` is None, or one line that says why the
    record ends early (a full disk, a folder that cannot be written to).
    """

    def __init__(self, path: Path, *, header: Header, redaction: Redaction | None = None) -> None:
        self.path = path
        self.trouble: str | None = None
        redaction = redaction or Redaction()
        self._line = Lines(redaction).line
        self._descriptor = -1
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            self._give_up(error)
        self._write(encode_header(redaction.header(header)))

    def emit(self, event: Event) -> None:
        """Write one line."""
        if self._descriptor >= 0:
            self._write(self._line(event))

    def close(self) -> None:
        """No more events come; may be called again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: str) -> None:
        if self._descriptor < 0:
            return
        data = line.encode() + b"\n"
        try:
            while written := os.write(self._descriptor, data):
                if written == len(data):
                    return
                data = data[written:]
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.close()
        self.trouble = f"the record {self.path} ends early: {error.strerror or error}"
