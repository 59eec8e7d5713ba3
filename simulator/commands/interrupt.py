"""SIGTERM and SIGHUP end a command as Ctrl-C does: everything that was opened is closed on the way out."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def interruptible() -> Iterator[None]:
    """While it lasts, a request to end raises KeyboardInterrupt in the main thread."""
    before = {one: signal.signal(one, _interrupt) for one in _signals()}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _signals() -> tuple[signal.Signals, ...]:
    return tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(signal.Signals(number).name)
