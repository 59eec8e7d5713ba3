"""Time and chance as a schedule owns them: what a worker's own clock and entropy are during a request.

Rule: entropy depends on the user and on how many requests he has sent, never on the order or the worker, so that
workers which hold the same answer the same; time depends on the number of steps so far and on what was waited.
"""

from __future__ import annotations

STEP_S = 0.001
"""How much later each step is than the one before, by the workers' clocks."""


def now_s(epoch_s: float, step: int, waited_s: float = 0.0) -> float:
    """The time of day at the story's `step`-th step of a run that began at `epoch_s`, in seconds since 1970."""
    return epoch_s + step * STEP_S + waited_s


def chance(seed: int, user: str, request: int) -> str:
    """The seed of everything random while `user`'s n-th request is served."""
    return f"{seed}/{user}/{request}"
