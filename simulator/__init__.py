"""Run a web app on N forked workers and see what breaks.

Rule: importing this package costs next to nothing; a name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.story.declare import counter, document, items, ordered, register
    from simulator.story.keys import Key
    from simulator.story.story import Story

__version__ = "1.0.0"
__all__ = ("Key", "Story", "counter", "document", "items", "ordered", "register")


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    homes = {"Key": "simulator.story.keys", "Story": "simulator.story.story"}
    return getattr(import_module(homes.get(name, "simulator.story.declare")), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
