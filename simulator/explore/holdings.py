"""What the stores hold, by name: each state is saved once and can be put back."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

from simulator.explore.graph import Stores
from simulator.runner.stage import Stage
from simulator.stores import State
from simulator.story.schedule import LoadMode


class Holdings:
    """The states of a stage's stores. Several states that an application cannot tell apart have one name."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._states: dict[Stores, Sequence[State]] = {}
        self._now: Stores | None = None

    def begin(self, mode: LoadMode) -> None:
        """Put back what every schedule begins with: before the load, if each worker loads for itself."""
        self._stage.restore(self._stage.start_of(mode))
        self._now = None

    def forget(self) -> None:
        """Somebody else may have changed the stores."""
        self._now = None

    def before_any_load(self) -> Stores:
        """The name of what the stores held before the first load."""
        self.begin(LoadMode.PER_WORKER)
        return self.saved()

    def saved(self) -> Stores:
        """The name of what the stores hold now; they are saved under it."""
        digest = blake2b(digest_size=12)
        for store in self._stage.stores:
            digest.update(store.digest())
        self._now = digest.hexdigest()
        if self._now not in self._states:
            self._states[self._now] = self._stage.saved()
        return self._now

    def put(self, stores: Stores) -> None:
        """Make the stores hold what `stores` names."""
        if stores != self._now:
            self._stage.restore(self._states[stores])
            self._now = stores
