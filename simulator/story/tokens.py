"""Tokens: fresh values nobody else has, and the labels by which people read them.

Rule: a token is a function of (seed, user, counter) and never of the order, so that equal requests are equal
bytes. It is lower-case letters and digits only: HTML, URL and JSON escaping leave it as it is, and one
regular expression finds all of them (60 bits: nobody guesses one).
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b

MARKER = "wsim"
LENGTH = 12
TOKEN = re.compile(MARKER + "[a-z2-7]{12}")
TOKEN_BYTES = re.compile(TOKEN.pattern.encode())
SPARE_TOKENS = 64
"""How many tokens a user may have taken without sending them before a label is given up."""


@lru_cache(maxsize=4096)
def token(*, seed: int, user: str, counter: int) -> str:
    """The `counter`-th token (from 1) of `user` in runs with this seed."""
    digest = blake2b(f"{seed}/{user}/{counter}".encode(), digest_size=8).digest()
    return MARKER + b32encode(digest)[:LENGTH].decode().lower()


def label(user: str, counter: int) -> str:
    """The name of a token in reports: `alice-1`."""
    return f"{user}-{counter}"


def tokens_in(data: str | bytes) -> tuple[str, ...]:
    """All tokens in their order of appearance, repetitions included."""
    if isinstance(data, str):
        return tuple(TOKEN.findall(data))
    return tuple(found.decode() for found in TOKEN_BYTES.findall(data))


def labels_of(wanted: Iterable[str], *, seed: int, users: Iterable[str]) -> dict[str, str]:
    """token -> label for those of `wanted` that are tokens of `users`; others are left out."""
    missing = set(wanted)
    names = tuple(users)
    found: dict[str, str] = {}
    for counter in range(1, len(missing) + SPARE_TOKENS + 1):
        if not missing:
            break
        for user in names:
            candidate = token(seed=seed, user=user, counter=counter)
            if candidate in missing:
                missing.discard(candidate)
                found[candidate] = label(user, counter)
    return found


def show(text: str, labels: Mapping[str, str]) -> str:
    """`text` with labels instead of tokens; tokens without a label stay."""
    return TOKEN.sub(lambda match: labels.get(match[0], match[0]), text)


def show_bytes(data: bytes, labels: Mapping[str, str]) -> bytes:
    """The same for bytes."""

    def name(match: re.Match[bytes]) -> bytes:
        found = labels.get(match[0].decode())
        return match[0] if found is None else found.encode()

    return TOKEN_BYTES.sub(name, data)
