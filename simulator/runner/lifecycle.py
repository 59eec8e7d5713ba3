"""What happens to the workers of a run, and the events that say so: loads, starts, reload, recycle, kill."""

from __future__ import annotations

from collections.abc import Callable, Collection

from simulator.events import AppLoaded, LifecycleChanged, WorkerExited, WorkerStarted
from simulator.launcher.handle import Worker
from simulator.launcher.launcher import Launcher
from simulator.recorder import Clock, Sink
from simulator.story.schedule import Action, Lifecycle, LoadMode


class Lives:
    """The lives of the workers of one run. `mode` says who loads the application.

    `let_go` is told of each worker that is about to end, since nobody should wonder why.
    """

    def __init__(
        self, launcher: Launcher, *, mode: LoadMode, clock: Clock, sink: Sink, let_go: Callable[[Worker], None]
    ) -> None:
        self._let_go = let_go
        self._launcher = launcher
        self._mode = mode
        self._clock = clock
        self._sink = sink
        self._loads: set[int] = set()

    def begin(self) -> None:
        """Tell of the workers that were forked for the run."""
        began = self._clock.now()
        self._tell(self._launcher.workers.values(), began)

    def change(self, event: Lifecycle, step: int) -> None:
        """Carry out `event`. Raises AppError where the application cannot be loaded again."""
        began = self._clock.now()
        workers = self._launcher.workers
        numbers = sorted(workers) if event.worker is None else [event.worker]
        for number in numbers:
            if workers[number].exit_status() is None:  # the others have been told of already
                self._let_go(workers[number])
                self._tell_exit(workers[number], step)
        match event.action:
            case Action.RELOAD:
                self._launcher.reload()
            case Action.RECYCLE:
                self._launcher.recycle(numbers[0])
            case Action.KILL:
                self._launcher.kill(numbers[0])
        if event.action is not Action.KILL:
            self._tell([self._launcher.workers[number] for number in numbers], began)
        self._sink.emit(
            LifecycleChanged(t=self._clock.now(), began=began, step=step, action=event.action, worker=event.worker)
        )

    def pass_over(self, event: Lifecycle, step: int) -> None:
        """There is no such worker: nothing happens, and the step says what was asked for."""
        began = self._clock.now()
        self._sink.emit(
            LifecycleChanged(t=self._clock.now(), began=began, step=step, action=event.action, worker=event.worker)
        )

    def _tell_exit(self, worker: Worker, step: int) -> None:
        self._sink.emit(
            WorkerExited(
                t=self._clock.now(),
                worker=worker.number,
                pid=worker.pid,
                how="stopped by the operator",
                wanted=True,
                step=step,
            )
        )

    def _tell(self, workers: Collection[Worker], began: float) -> None:
        for worker in workers:
            if worker.load not in self._loads:
                self._loads.add(worker.load)
                own = worker.number if self._mode is LoadMode.PER_WORKER else None
                self._sink.emit(AppLoaded(t=self._clock.now(), began=began, load=worker.load, worker=own))
            self._sink.emit(
                WorkerStarted(
                    t=self._clock.now(),
                    worker=worker.number,
                    generation=worker.generation,
                    pid=worker.pid,
                    load=worker.load,
                )
            )
