"""What checks share that one run of pytest makes: zygotes, their turns in a folder, the paths of modules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from simulator.launcher.trees import Trees

MOST_KEPT = 4
"""How many zygotes are kept, each of some 30 MiB: one for each application and environment that tests take by turns."""
_TREES: Final = pytest.StashKey[Trees]()


def trees_of(config: pytest.Config) -> Trees:
    """The zygotes that are kept from one test to the next, until pytest ends."""
    if _TREES not in config.stash:
        kept = config.stash[_TREES] = Trees(most=MOST_KEPT)
        config.add_cleanup(kept.close)
    return config.stash[_TREES]


@contextmanager
def turn_in(folder: Path) -> Iterator[None]:
    """One check at a time in a folder; the lock is on the folder itself, so that nothing is left behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(ImportError, OSError):  # some systems, and some network file systems, have no such locks
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def python_path(config: pytest.Config) -> Mapping[str, str]:
    """Pytest's own `pythonpath`, for the processes of the application."""
    places = [str(place) for place in config.getini("pythonpath")]
    more = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*places, *([more] if more else [])])} if places else {}
