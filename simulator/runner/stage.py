"""An application on its stage: its processes, and the outside world that is put back before every schedule.

Rule: every schedule starts equal: fresh forks of one load, and stores as that load left them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

from simulator.events import Event, FileTouched
from simulator.launcher.launcher import AppInfo, Launcher
from simulator.launcher.trees import Trees
from simulator.runner.plan import Plan
from simulator.stores import State, Store, open_store, put_back
from simulator.stores.watch import WatchedFiles
from simulator.story.line import RunSql, WriteFile
from simulator.story.schedule import LoadMode

_HARMLESS = ("/dev/", "/proc/", "/sys/")


class Stage:
    """Holds a plan's application and stores from the first schedule to the last. A context manager.

    Stores are those that the plan declares, the files that the story's world writes, and whatever the application
    writes below its working directory. At the end they hold what they held before.
    `meanwhile` is called while the application loads. A stage that helps another one has its `epoch_s`, and keeps
    its own files `inside` that one's folder, where that is at hand. `trees` may keep the zygote for a later stage.
    Raises AppError and StoreError on entering.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        meanwhile: Callable[[], None] | None = None,
        epoch_s: float | None = None,
        inside: Path | None = None,
        trees: Trees | None = None,
    ) -> None:
        self.plan = plan
        self._meanwhile = meanwhile
        self.began_s = time.monotonic()
        self.epoch_s = float(int(time.time())) if epoch_s is None else epoch_s
        self._inside = inside if inside is not None and inside.is_dir() else None
        self._trees = trees
        self._exits = ExitStack()
        self._app: AppInfo | None = None
        self._launcher: Launcher | None = None
        self._watched: WatchedFiles | None = None
        self.folder = Path()
        self.stores: Sequence[Store] = ()
        self._before: Sequence[State] = ()
        self._loaded: Sequence[State] = ()

    @property
    def app(self) -> AppInfo:
        """The application that was found."""
        assert self._app is not None, "the stage is entered first"
        return self._app

    @property
    def launcher(self) -> Launcher:
        """The application's processes."""
        assert self._launcher is not None, "the stage is entered first"
        return self._launcher

    def __enter__(self) -> Self:
        with ExitStack() as exits:
            place = TemporaryDirectory(prefix="workersim.", dir=self._inside)
            folder = self.folder = Path(exits.enter_context(place))
            self.stores = self._open(exits, folder)
            self._before = self.saved()
            exits.callback(self.restore, self._before)
            self._launcher = exits.enter_context(self._launched(folder))
            self._launcher.begin_load()
            if self._meanwhile is not None:
                self._meanwhile()
            self._app = self._launcher.load()
            self._loaded = self.saved()
            self._exits = exits.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._exits.__exit__(kind, error, tb)

    def set(self, *, workers: int, load: LoadMode) -> None:
        """Put everything back and fork fresh workers. Raises AppError and StoreError."""
        self.launcher.stop_workers()
        self.restore(self.start_of(load))
        if load is LoadMode.ONCE and self.app.shared:  # which would not be as after the load
            self.launcher.fork_reloaded(workers, load)
        else:
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

    def keeps(self, path: str) -> bool:
        """Is the file at `path`, which the application writes, put back (or nothing that has to be)?"""
        if self._is_own(path):
            return True
        unkept = self._watched.unkept if self._watched is not None else ()
        return Path(path).is_relative_to(self.plan.cwd.resolve()) and Path(path) not in unkept

    def is_alone(self, events: Iterable[Event]) -> bool:
        """Is there nothing outside the workers that another stage of this plan would use too, as these events say?"""
        touched = (event.path for event in events if isinstance(event, FileTouched))
        return (
            not self.plan.port
            and len(self.stores) == 1
            and all(self._is_own(path) for path in (*self.app.files, *touched))
        )

    def _is_own(self, path: str) -> bool:
        return path.startswith((*_HARMLESS, f"{self.folder}/"))

    def _open(self, exits: ExitStack, folder: Path) -> Sequence[Store]:
        """The declared stores and the watched files."""
        specs = tuple(_specs(self.plan))
        stores: list[Store] = []
        for spec in specs:
            stores.append(open_store(spec, self.plan.cwd))
            exits.callback(stores[-1].close)
        declared = [path for spec in specs if (path := _path_of(spec, self.plan.cwd)) is not None]
        self._watched = WatchedFiles(folder, declared=declared)
        exits.callback(self._watched.close)
        return (*stores, self._watched)

    def _launched(self, folder: Path) -> Launcher:
        plan = self.plan
        copies = [str(plan.copy)] if plan.copy is not None and self._inside is None else []
        return Launcher(
            target=plan.target,
            cwd=plan.cwd,
            env=plan.env,
            load_timeout_s=plan.load_timeout_s,
            seed=plan.seed,
            watches_memory=True,
            owns_time_and_chance=True,
            epoch_s=self.epoch_s,
            keeps_files_in=folder,
            heir=(sys.executable, "-P", "-m", put_back.__name__, str(folder), *copies),
            trees=self._trees,
        )


def _specs(plan: Plan) -> Iterator[str]:
    """The plan's stores, and the files that the world writes to where no store has them."""
    yield from plan.stores
    known = {_path_of(spec, plan.cwd) for spec in plan.stores}
    for line in plan.story.lines:
        match line.act:
            case WriteFile(file=file):
                spec = f"file:{file}"
            case RunSql(file=file):
                spec = f"sqlite:{file}"
            case _:
                continue
        if (path := _path_of(spec, plan.cwd)) not in known:
            known.add(path)
            yield spec


def _path_of(spec: str, cwd: Path) -> Path | None:
    """The path of a store on disk; None for one that a server holds."""
    kind, colon, rest = spec.partition(":")
    if "://" in spec and kind != "sqlite":
        return None
    name = rest.removeprefix("///") if colon and kind in ("sqlite", "file", "folder") else spec
    return (cwd / name).resolve()
