"""What the proxy asks of the workers, whoever forked them."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Protocol


class Worker(Protocol):
    """One process that serves one request at a time."""

    @property
    def number(self) -> int: ...
    @property
    def pid(self) -> int: ...
    @property
    def sock(self) -> socket.socket:
        """The wire, at the proxy's end."""
        ...

    def exit_status(self) -> str | None:
        """How the process ended ("SIGSEGV", "exit code 1"), None while it is alive."""
        ...

    def stack(self) -> tuple[str, ...]:
        """What it is doing now, or did when it died: the application's frames, innermost first."""
        ...


class Fleet(Protocol):
    """The workers of one run, by number (`launcher.Launcher`)."""

    @property
    def workers(self) -> Mapping[int, Worker]: ...

    def kill(self, number: int) -> None:
        """End worker `number` by SIGKILL; it stays gone until it is recycled."""
        ...
