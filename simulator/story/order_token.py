"""Order tokens: a schedule in a word that can be said aloud, `2:abba`, and back.

    workers ":" turns ["@" first] { "~" how }

turns: a letter for each user's step, with the worker's number where it is fixed (`a1b2`); `R` reload of all,
`C1` recycle, `K1` kill of worker 1. how: `sticky`, `random7` (routing at random, seed 7), `per-worker` (how
the application is loaded), `seed7` (the seed where the routing is not random). `@2`: round robin begins with
worker 2.

Rule: `parse_order(format_order(s)) == s` for every schedule that can be run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from simulator.errors import OrderError
from simulator.story.mistakes import did_you_mean
from simulator.story.schedule import Action, Lifecycle, LoadMode, Schedule, Turn

ROUND_ROBIN, STICKY, RANDOM = "round-robin", "sticky", "random"

_TOKEN = re.compile(r"(?P<workers>\d+):(?P<turns>[A-Za-z0-9]*)(?:@(?P<first>\d+))?(?P<how>(?:~[a-z0-9,-]+)*)")
_TURN = re.compile(r"(?P<letter>[A-Za-z])(?P<worker>\d*)")
_HOW = re.compile(r"(?P<name>[a-z-]+)(?P<seed>\d*)")
_LEFT_OUT = re.compile(r"(?P<letter>[a-z])(?P<first>\d+)(?:-(?P<last>\d+))?")
_MOST_LINES = 1_000
_WITHOUT = "without-"
_ACTIONS: Mapping[str, Action] = {"R": Action.RELOAD, "C": Action.RECYCLE, "K": Action.KILL}
_LETTERS = {action: letter for letter, action in _ACTIONS.items()}
_EXAMPLE = "An order is written 2:abba, 2:ab~sticky, 3:abc@2, 2:a1b2, 2:abRa, 2:ab~random7."


def parse_order(text: str, letters: Mapping[str, str]) -> Schedule:
    """The schedule of an order token; `letters` are the story's (`Story.letters`). Raises OrderError."""
    match = _TOKEN.fullmatch(text.strip())
    if match is None:
        raise OrderError(f'"{text}" is not an order', do=(_EXAMPLE,))
    workers = int(match["workers"])
    first = int(match["first"] or 1)
    if workers < 1:
        raise OrderError(f"{text}: there must be at least 1 worker", do=(_EXAMPLE,))
    _check_worker(text, first, workers)
    turns = tuple(_turns(text, match["turns"], letters, workers))
    schedule = Schedule(workers=workers, turns=turns, first=first)
    for how in match["how"].split("~")[1:]:
        if how.startswith(_WITHOUT):
            schedule = replace(schedule, without=_left_out(text, how, letters))
        else:
            schedule = _modified(text, schedule, how)
    return schedule


def format_order(schedule: Schedule, letters: Mapping[str, str]) -> str:
    """The order token of a schedule. Raises OrderError for a user without a letter."""
    letter_of = {user: letter for letter, user in letters.items()}
    turns = "".join(_turn_text(turn, letter_of) for turn in schedule.turns)
    first = "" if schedule.first == 1 else f"@{schedule.first}"
    return f"{schedule.workers}:{turns}{first}{''.join(_hows(schedule))}{_without_text(schedule.without, letter_of)}"


def _turns(text: str, turns: str, letters: Mapping[str, str], workers: int) -> Iterator[Turn | Lifecycle]:
    at = 0
    for match in _TURN.finditer(turns):
        if match.start() != at:
            break
        at = match.end()
        worker = int(match["worker"]) if match["worker"] else None
        if worker is not None:
            _check_worker(text, worker, workers)
        yield _turn(text, match["letter"], worker, letters)
    if at != len(turns):
        raise OrderError(f'{text}: "{turns[at:]}" is not a turn: a letter comes before a number', do=(_EXAMPLE,))


def _turn(text: str, letter: str, worker: int | None, letters: Mapping[str, str]) -> Turn | Lifecycle:
    if letter in letters:
        return Turn(user=letters[letter], worker=worker)
    action = _ACTIONS.get(letter)
    if action is None:
        raise OrderError(f'{text}: nobody in this story has the letter "{letter}"', do=(_who(letters),))
    if (worker is None) != (action is Action.RELOAD):
        what = "is for all workers, so no number follows it" if worker else "needs the number of a worker"
        raise OrderError(
            f"{text}: {letter} ({action}) {what}", do=("R reloads all; C1 recycles and K1 kills worker 1.",)
        )
    return Lifecycle(action=action, worker=worker)


def _who(letters: Mapping[str, str]) -> str:
    people = ", ".join(f"{letter} = {user}" for letter, user in letters.items())
    return f"Letters: {people}; R reload, C1 recycle, K1 kill of worker 1."


def _check_worker(text: str, worker: int, workers: int) -> None:
    if not 1 <= worker <= workers:
        raise OrderError(f"{text}: there is no worker {worker}; workers are 1 to {workers}")


def _modified(text: str, schedule: Schedule, how: str) -> Schedule:
    match = _HOW.fullmatch(how)
    name, seed = (match["name"], match["seed"]) if match else (how, "")
    if name == STICKY and not seed:
        return replace(schedule, routing=STICKY)
    if name == LoadMode.PER_WORKER and not seed:
        return replace(schedule, load=LoadMode.PER_WORKER)
    if name == RANDOM:
        return replace(schedule, routing=RANDOM, seed=int(seed or 0))
    if name == "seed" and seed:
        return replace(schedule, seed=int(seed))
    known = (STICKY, f"{RANDOM}7", str(LoadMode.PER_WORKER), "seed7", f"{_WITHOUT}a1")
    do: Sequence[str] = [
        line for line in (did_you_mean(how, known), f"After ~ comes one of {', '.join(known)}.") if line
    ]
    raise OrderError(f'{text}: "~{how}" is not known', do=do)


def _turn_text(turn: Turn | Lifecycle, letter_of: Mapping[str, str]) -> str:
    worker = "" if turn.worker is None else str(turn.worker)
    return (_LETTERS[turn.action] if isinstance(turn, Lifecycle) else _letter(turn.user, letter_of)) + worker


def _letter(user: str, letter_of: Mapping[str, str]) -> str:
    if user not in letter_of:
        raise OrderError(f"{user} has no letter in this story", do=(_who({b: a for a, b in letter_of.items()}),))
    return letter_of[user]


def _hows(schedule: Schedule) -> Iterator[str]:
    if schedule.routing == STICKY:
        yield f"~{STICKY}"
    if schedule.routing == RANDOM:
        yield f"~{RANDOM}{schedule.seed or ''}"
    elif schedule.seed:
        yield f"~seed{schedule.seed}"
    if schedule.load is LoadMode.PER_WORKER:
        yield f"~{LoadMode.PER_WORKER}"


def _left_out(text: str, how: str, letters: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """The lines that `without-a2,b1-3` names: (user, number)."""
    found: set[tuple[str, int]] = set()
    for one in how.removeprefix(_WITHOUT).split(","):
        match = _LEFT_OUT.fullmatch(one)
        first, last = (int(match["first"]), int(match["last"] or match["first"])) if match else (0, 0)
        if match is None or not 0 < first <= last <= _MOST_LINES:
            raise OrderError(
                f'{text}: "{one}" names no line that could be left out',
                do=("Write ~without-a2,b1-3: a letter, lines.",),
            )
        if match["letter"] not in letters:
            raise OrderError(f'{text}: nobody in this story has the letter "{match["letter"]}"', do=(_who(letters),))
        found.update((letters[match["letter"]], number) for number in range(first, last + 1))
    return tuple(sorted(found))


def _without_text(without: Sequence[tuple[str, int]], letter_of: Mapping[str, str]) -> str:
    """Neighbours from three lines on are written as a range."""
    parts = []
    for (user, _), run in groupby(enumerate(sorted(without)), lambda one: (one[1][0], one[1][1] - one[0])):
        numbers = [number for _, (_, number) in run]
        letter = _letter(user, letter_of)
        if len(numbers) > 2:
            parts.append(f"{letter}{numbers[0]}-{numbers[-1]}")
        else:
            parts += [f"{letter}{number}" for number in numbers]
    return f"~{_WITHOUT}{','.join(parts)}" if parts else ""
