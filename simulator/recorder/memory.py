"""The sink of one run that is judged at once."""

from __future__ import annotations

from simulator.events import Event


class MemorySink:
    """Keeps every event, whole and in order, in `events`."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        """Take one event."""
        self.events.append(event)
