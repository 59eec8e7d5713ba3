"""Routings: which worker serves each step, up to the names of the workers.

Fresh forks are alike, so routings that differ only in the workers' names show the same answers: it is enough
to try those in which worker n+1 is not used before worker n (restricted growth strings: Knuth, The Art of
Computer Programming 4A, 7.2.1.5). Their number is a sum of Stirling numbers of the second kind: 2^(k-1) for 2
workers, against 2^k.
"""

from __future__ import annotations

from collections.abc import Iterator


def routings(steps: int, workers: int) -> Iterator[tuple[int, ...]]:
    """The canonical routings of `steps` steps on at most `workers` workers (from 1), in lexicographic order."""
    return _grown((), 0, steps, workers)


def _grown(before: tuple[int, ...], used: int, steps: int, workers: int) -> Iterator[tuple[int, ...]]:
    if len(before) == steps:
        yield before
        return
    for worker in range(1, min(used + 1, workers) + 1):
        yield from _grown((*before, worker), max(used, worker), steps, workers)


def count_routings(steps: int, workers: int) -> int:
    """How many canonical routings there are."""
    ways = [1] + [0] * workers
    """ways[n]: routings of the steps so far that use exactly n workers; the next goes to one of them or a new one."""
    for _ in range(steps):
        ways = [0, *(n * ways[n] + ways[n - 1] for n in range(1, workers + 1))]
    return sum(ways)


def canonical(routing: tuple[int, ...]) -> tuple[int, ...]:
    """The canonical routing that a routing is, with its workers renamed in order of first use."""
    names: dict[int, int] = {}
    return tuple(names.setdefault(worker, len(names) + 1) for worker in routing)
