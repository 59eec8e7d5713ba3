"""An application on its stage: its processes, and the outside world that is put back before every schedule.

Rule: every schedule starts equal: fresh forks of one load, and stores as that load left them.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from simulator.launcher.launcher import AppInfo, Launcher
from simulator.runner.plan import Plan
from simulator.stores import State, Store, open_store
from simulator.story.schedule import LoadMode


class Stage:
    """Holds a plan's application and stores from the first schedule to the last. A context manager.

    At the end the stores hold what they held before. Raises AppError and StoreError on entering.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.launcher = Launcher(
            target=plan.target, cwd=plan.cwd, env=plan.env, load_timeout_s=plan.load_timeout_s, seed=plan.seed
        )
        self.stores: Sequence[Store] = ()
        self._before: Sequence[State] = ()
        self._loaded: Sequence[State] = ()
        self._exits = ExitStack()
        self._app: AppInfo | None = None

    @property
    def app(self) -> AppInfo:
        """The application that was found."""
        assert self._app is not None, "the stage is entered first"
        return self._app

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            self.stores = tuple(open_store(spec, self.plan.cwd) for spec in self.plan.stores)
            for store in self.stores:
                exits.callback(store.close)
            self._before = self.saved()
            exits.callback(self.restore, self._before)
            exits.enter_context(self.launcher)
            self._app = self.launcher.load()
            self._loaded = self.saved()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._exits.close()

    def set(self, *, workers: int, load: LoadMode) -> None:
        """Put everything back and fork fresh workers. Raises AppError and StoreError."""
        self.launcher.stop_workers()
        self.restore(self.start_of(load))
        self.launcher.fork(workers, load)

    def start_of(self, load: LoadMode) -> Sequence[State]:
        """What the stores hold when a schedule begins: as the one load left them, or before any."""
        return self._loaded if load is LoadMode.ONCE else self._before

    def saved(self) -> tuple[State, ...]:
        """What the stores hold now."""
        return tuple(store.save() for store in self.stores)

    def restore(self, states: Sequence[State]) -> None:
        """Put back what `saved` saw."""
        for store, state in zip(self.stores, states, strict=True):
            store.restore(state)
