"""The write-ahead log of SQLite, read as plain bytes.

Format: sqlite.org/fileformat2.html section 4.
"""

from __future__ import annotations

import struct

_LOG_HEADER = struct.Struct(">8I")
_FRAME_HEADER = struct.Struct(">6I")


def merged(database: bytes, log: bytes) -> bytes:
    """`database` as a reader sees it: with the pages of all transactions that `log` holds committed."""
    if len(log) < _LOG_HEADER.size:
        return database
    _, _, page_size, _, salt_1, salt_2, _, _ = _LOG_HEADER.unpack_from(log)
    step = _FRAME_HEADER.size + page_size
    pages: dict[int, int] = {}
    waiting: dict[int, int] = {}
    page_count = None
    for at in range(_LOG_HEADER.size, len(log) - step + 1, step):
        page, commit, frame_salt_1, frame_salt_2, _, _ = _FRAME_HEADER.unpack_from(log, at)
        if (frame_salt_1, frame_salt_2) != (salt_1, salt_2):
            break
        waiting[page] = at + _FRAME_HEADER.size
        if commit:
            pages |= waiting
            waiting, page_count = {}, commit
    if page_count is None:
        return database
    whole = bytearray(database[: page_count * page_size].ljust(page_count * page_size, b"\0"))
    for page, at in pages.items():
        if page <= page_count:
            whole[(page - 1) * page_size : page * page_size] = log[at : at + page_size]
    return bytes(whole)
