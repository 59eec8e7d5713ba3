"""A plain file as a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from simulator.errors import StoreError
from simulator.stores.slot import Image, Nothing, Slot, digest_of
from simulator.stores.store import State


class FileStore:
    """Contents, permission bits and time of one file, which need not exist yet."""

    def __init__(self, path: Path, *, name: str | None = None) -> None:
        self.path = path.resolve()
        self.name = name or str(path)
        self._slot = Slot(self.path)

    def save(self) -> State:
        with reaching(self.name):
            return State(self._slot.read())

    def restore(self, state: State) -> None:
        with reaching(self.name):
            self._slot.write(cast(Image | Nothing, state))

    def digest(self) -> bytes:
        return digest_of(cast(Image | Nothing, self.save()))

    def close(self) -> None:
        with reaching(self.name):
            self._slot.close()


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """Turn the operating system's refusal into a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot reach the store {name}",
            why=[str(error)],
            do=["check that the path is right and may be read and written"],
        ) from error
