"""What a store is: a piece of the outside world that can be put back, so that every schedule starts equal."""

from __future__ import annotations

from typing import NewType, Protocol

State = NewType("State", object)
"""What `Store.save` saw. Opaque, immutable, and of use only to the store that made it."""


class Store(Protocol):
    """One piece of the outside world: a database, a file, a folder.

    Rule: workers may keep files and connections open over `save` and `restore`, but nobody may be writing.
    Every method raises `StoreError` when the store cannot be reached or is being written to.
    """

    @property
    def name(self) -> str:
        """How the store is called in reports; secrets are masked."""

    def save(self) -> State:
        """Remember what the store holds now."""

    def restore(self, state: State) -> None:
        """Make the store hold what it held when `state` was saved, for open connections too."""

    def digest(self) -> bytes:
        """16 bytes that are equal when an application could not tell the contents apart.

        What `restore` itself must stamp (a SQLite change counter) and what moves by itself (the time that a
        Redis key has left) do not count.
        """

    def close(self) -> None:
        """Let go of the store and of what was put aside for it. The contents stay as they are."""
