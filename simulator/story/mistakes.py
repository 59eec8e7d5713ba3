"""Mistakes in a story's text: the line, the reason, and what was perhaps meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from simulator.errors import StoryError


class Mistake(Exception):
    """Why a line cannot be understood; `text.parse` adds the line and raises StoryError.

    `got` is the word that was written and `known` what could have stood there: the nearest is offered.
    """

    def __init__(self, reason: str, *, got: str = "", known: Iterable[str] = (), do: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.do = tuple(line for line in (did_you_mean(got, known), do) if line)

    def on(self, number: int, line: str) -> StoryError:
        return StoryError(f"line {number} of the story: {self.reason}", why=(line.strip(),), do=self.do)


def did_you_mean(got: str, known: Iterable[str]) -> str:
    """ "Did you mean cart?", or "" where nothing is near."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(got.lower(), by_lower, n=1, cutoff=0.6)
    return f"Did you mean {by_lower[near[0]]}?" if near else ""
