"""The outside world that a run puts back: databases, files, folders."""

from simulator.stores.opening import open_store
from simulator.stores.store import State, Store

__all__ = ["State", "Store", "open_store"]
