"""A pool of processes that an exploration may use: started when the first work comes, and gone with whoever made it.

Rule: nobody is forked (a controller has threads), and none outlives its maker: each process watches the end of a
pipe that only the maker holds open, and when it closes, however that comes, lets what it does come to an end.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_ENDED: Final = 128 + signal.SIGTERM
_END_LIMIT_S: Final = 10.0


def cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def pool(jobs: int | None) -> Iterator[Executor | None]:
    """A pool of `jobs` processes, or of one for each processor; None where that would be one alone."""
    number = cores() if jobs is None else jobs
    if number < 2:
        yield None
        return
    with ProcessPool(number) as opened:
        yield opened


class ProcessPool(Executor):
    """`jobs` processes. A context manager, whose end interrupts what is still being done."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool: Executor | None = None
        self._leash: Connection | None = None
        self._given: list[Future[Any]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have `fn` called in one of the processes. Raises BrokenExecutor once one of them has died."""
        if self._pool is None:
            self._pool = self._opened()
        future = self._pool.submit(_done, fn, *args, **kwargs)
        self._given.append(future)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As any executor's; with `cancel_futures`, what has begun is interrupted too and puts things back."""
        if self._pool is None or self._leash is None:
            return
        if cancel_futures and not all(future.done() for future in self._given):
            self._leash.close()
        self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
        if wait:
            self._leash.close()

    def __exit__(self, *error: object) -> None:
        self.shutdown(cancel_futures=True)

    def _opened(self) -> Executor:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context("spawn")
        theirs, self._leash = context.Pipe(duplex=False)
        return ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_begin, initargs=(theirs,))


# In the processes of the pool


def _begin(leash: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the maker's
    threading.Thread(target=_watch, args=(leash,), daemon=True).start()


def _watch(leash: Connection) -> None:
    with suppress(EOFError, OSError):
        leash.recv_bytes()
    os.kill(os.getpid(), signal.SIGTERM)


def _end(number: int, _: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what is open is being closed
    late = threading.Timer(_END_LIMIT_S, os._exit, (_ENDED,))
    late.daemon = True
    late.start()
    raise SystemExit(_ENDED)


def _done(fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    signal.signal(signal.SIGTERM, _end)  # only now is there something to close
    try:
        return fn(*args, **kwargs)
    finally:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_IGN:
            os._exit(_ENDED)  # everything is closed; the executor would take it for an answer and wait for more work
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
