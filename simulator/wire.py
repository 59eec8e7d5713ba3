"""Frames between the controller and its processes: ASGI messages in, ASGI messages out, no I/O.

A frame is a 4-byte big-endian length and a marshalled list of messages; a message is a mapping with a
"type". Rule: both ends are the same interpreter on the same machine, so marshal's form is the same form.

Beside ASGI's messages there are `workersim.request`, which opens a request (and brings its body, where that is at
hand), `workersim.answer`, a whole answer in one, and `workersim.done`, a worker's last word about a request.
"""

from __future__ import annotations

import marshal
import struct
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

Message: TypeAlias = dict[str, Any]

HOST: Final = "workersim.localhost"
"""The name under which every story knows its application. A fresh Django project answers to names of this computer."""

USUAL: Final[Message] = {
    "http_version": "1.1",
    "scheme": "http",
    "root_path": "",
    "client": ("127.0.0.1", 50000),
    "server": (HOST, 80),
}
"""What a request's scope says where its frame does not: scripted requests all come from one address, as behind a load
balancer.
"""

MAX_FRAME: Final = 0xFFFF_FFFF
_LENGTH: Final = struct.Struct(">I")
_FORM: Final = 2  # of marshal: later ones look for values that occur twice, which takes longer than to write them twice
_SMALL_READ: Final = 1 << 14
_LARGE_READ: Final = 1 << 18


def encode(messages: Iterable[Message]) -> bytes:
    """One frame that carries `messages` (plain values only).

    Raises ValueError where a value cannot travel (an object, a nested generator, more than 4 GiB).
    """
    payload = marshal.dumps(list(messages), _FORM)
    if len(payload) > MAX_FRAME:
        raise ValueError("a frame holds at most 4 GiB")
    return _LENGTH.pack(len(payload)) + payload


class Decoder:
    """Turns bytes, cut anywhere, back into the frames they were."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def is_between_frames(self) -> bool:
        """No frame has begun and not ended; an end of the stream here cuts nothing off."""
        return not self._buffer

    @property
    def wanted(self) -> int:
        """How many bytes to ask for next: many while a large frame comes, since each such question costs a mapping."""
        return _LARGE_READ if len(self._buffer) >= _SMALL_READ else _SMALL_READ

    def feed(self, data: bytes) -> list[list[Message]]:
        """The frames that are complete with `data`, in order."""
        buffer = self._buffer
        if not buffer and len(data) > _LENGTH.size and _LENGTH.unpack_from(data)[0] == len(data) - _LENGTH.size:
            return [marshal.loads(data[_LENGTH.size :])]  # nearly always
        buffer += data
        frames: list[list[Message]] = []
        start = 0
        while len(buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, start)
            end = start + _LENGTH.size + length
            if len(buffer) < end:
                break
            with memoryview(buffer) as view:
                frames.append(marshal.loads(view[start + _LENGTH.size : end]))
            start = end
        del buffer[:start]
        return frames
