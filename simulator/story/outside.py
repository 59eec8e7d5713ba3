"""Lines of the world and of the operator: what changes outside the workers, and what is done to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from simulator.story.declare import seconds
from simulator.story.line import RunSql, Wait, WriteFile
from simulator.story.mistakes import Mistake
from simulator.story.schedule import Action, Lifecycle
from simulator.story.verbs import VERBS, Clause, Names, parse_clause
from simulator.story.words import Word

Outside: TypeAlias = WriteFile | RunSql | Wait

_WORLD = ("write", "sql", "wait")
_WORLD_HELP = "The world can: write FILE TEXT, sql FILE STATEMENT, wait 6s."


def parse_world(rest: str, words: Sequence[Word], names: Names) -> tuple[Outside, tuple[Clause, ...]]:
    """A line of the world: `write price.txt VALUE writes price`. Raises Mistake."""
    verb = words[0].text
    if verb not in _WORLD:
        raise Mistake(f'"{verb}" is nothing that the world does', got=verb, known=_WORLD, do=_WORLD_HELP)
    if verb == "wait":
        return Wait(wait_s=_wait(words)), ()
    if len(words) < 3:
        raise Mistake(f'after "{verb}" come a file and what to {"write" if verb == "write" else "run"}', do=_WORLD_HELP)
    end = _first_clause(words, names)
    if end == 2:
        raise Mistake(f"what is to be {'written' if verb == 'write' else 'run'} is missing", do=_WORLD_HELP)
    file, text = words[1].text, _text(rest, words[2:end])
    act = WriteFile(file=file, text=text) if verb == "write" else RunSql(file=file, statement=text)
    return act, _clauses([word.text for word in words], end, names)


def parse_operator(words: Sequence[Word]) -> Lifecycle:
    """A line of the operator: `reload`, `recycle 2`, `kill 1`. Raises Mistake."""
    texts = [word.text for word in words]
    if texts[0] not in tuple(Action):
        raise Mistake(f'"{texts[0]}" is nothing that the operator does', got=texts[0], known=tuple(Action))
    action = Action(texts[0])
    wants_worker = action is not Action.RELOAD
    if len(texts) != 1 + wants_worker or (wants_worker and not (texts[1].isdigit() and int(texts[1]) > 0)):
        raise Mistake(f"write it: {action} {'N, with the number of a worker' if wants_worker else 'and nothing more'}")
    return Lifecycle(action=action, worker=int(texts[1]) if wants_worker else None)


def _wait(words: Sequence[Word]) -> float:
    if len(words) != 2:
        raise Mistake('"wait" is followed by a time', do="wait 6s")
    return seconds(words[1].text)


def _first_clause(words: Sequence[Word], names: Names) -> int:
    """The place of the first verb that is followed by a key; text may hold the same words otherwise."""
    for at in range(2, len(words) - 1):
        if words[at].text in VERBS and words[at + 1].text in names.keys:
            return at
    return len(words)


def _text(rest: str, words: Sequence[Word]) -> str:
    """The text as it stands, without the quotes around it if it is quoted as a whole."""
    return words[0].text if len(words) == 1 else rest[words[0].start : words[-1].end]


def _clauses(texts: Sequence[str], at: int, names: Names) -> tuple[Clause, ...]:
    found: list[Clause] = []
    while at < len(texts):
        if texts[at] not in VERBS:
            raise Mistake(f'"{texts[at]}" is not understood', got=texts[at], known=VERBS)
        clause, at = parse_clause(list(texts), at, names)
        found.append(clause)
    return tuple(found)
