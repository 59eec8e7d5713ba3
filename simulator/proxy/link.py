"""Links: the wire to each worker inside the gateway's event loop.

Rule 1: a link holds a descriptor of its own, so that whoever ends the worker may close his at any time.
Rule 2: nothing here asks the launcher anything: an ended worker is only remembered, and looked at when the next
request comes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from simulator.proxy.fleet import Worker
from simulator.wire import Decoder, Message, encode


class Listener(Protocol):
    """Who the link's worker is serving."""

    def heard(self, messages: Sequence[Message]) -> None:
        """The worker said something."""
        ...

    def lost(self) -> None:
        """The worker's end of the wire closed."""
        ...


class Link:
    """The near end of one worker's wire. `listener` is set while the worker serves."""

    __slots__ = ("_decoder", "_is_writing", "_loop", "_on_end", "_sock", "_unsent", "is_ended", "listener", "worker")

    def __init__(self, worker: Worker, loop: asyncio.AbstractEventLoop, on_end: Callable[[Link], None]) -> None:
        self.worker = worker
        self.listener: Listener | None = None
        self.is_ended = False
        self._decoder = Decoder()
        self._loop = loop
        self._on_end = on_end
        self._unsent: deque[memoryview] = deque()
        self._is_writing = False
        self._sock = worker.sock.dup()
        self._sock.setblocking(False)
        loop.add_reader(self._sock, self._readable)

    def send(self, frame: bytes) -> None:
        """Put a frame on the wire, now or as soon as the worker takes it."""
        if self._unsent or self.is_ended:
            self._unsent.append(memoryview(frame))
            return
        try:
            sent = self._sock.send(frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the reader will see the end
        if sent < len(frame):
            self._unsent.append(memoryview(frame)[sent:])
            self._is_writing = True
            self._loop.add_writer(self._sock, self._writable)

    def say(self, *messages: Message) -> None:
        """Send `messages` as one frame."""
        self.send(encode(messages))

    @property
    def unsent_bytes(self) -> int:
        """How much the worker has not taken yet."""
        return sum(map(len, self._unsent))

    def pause(self) -> None:
        """Read no further until `resume`: the client is slower than the worker."""
        self._loop.remove_reader(self._sock)

    def resume(self) -> None:
        """Read on."""
        if not self.is_ended:
            self._loop.add_reader(self._sock, self._readable)

    def close(self) -> None:
        """Give the descriptor back; may be called again."""
        if not self.is_ended:
            self.is_ended = True
            self._loop.remove_reader(self._sock)
            if self._is_writing:
                self._loop.remove_writer(self._sock)
            self._sock.close()

    def _readable(self) -> None:
        try:
            data = self._sock.recv(self._decoder.wanted)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        for messages in self._decoder.feed(data):
            if self.listener is not None:
                self.listener.heard(messages)

    def _writable(self) -> None:
        with contextlib.suppress(OSError):
            while self._unsent:
                piece = self._unsent[0]
                sent = self._sock.send(piece)
                if sent < len(piece):
                    self._unsent[0] = piece[sent:]
                    return
                self._unsent.popleft()
        if not self._unsent:
            self._is_writing = False
            self._loop.remove_writer(self._sock)

    def _end(self) -> None:
        self.close()
        if self.listener is not None:
            self.listener.lost()
        self._on_end(self)
