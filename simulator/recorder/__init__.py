"""Where events go. Rule: trouble with recording is told afterwards and never fails a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from simulator.events import Event
from simulator.recorder.clock import Clock, LogicalClock, RealClock
from simulator.recorder.memory import MemorySink

__all__ = ["Clock", "LogicalClock", "MemorySink", "RealClock", "Sink", "Tee"]


class Sink(Protocol):
    """Takes events in the order in which they happen."""

    def emit(self, event: Event) -> None:
        """Take one event. Never raises."""
        ...


class Tee:
    """Hands every event to several sinks, in their order."""

    def __init__(self, *sinks: Sink) -> None:
        self._sinks: Sequence[Sink] = sinks

    def emit(self, event: Event) -> None:
        """Take one event."""
        for sink in self._sinks:
            sink.emit(event)
