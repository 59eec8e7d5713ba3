"""Reading steps one after another: which value VALUE stands for, and which lines must have come before.

Rule: within a line VALUE is one value. It is a fresh one, except in lines that only remove or share: there it
is the newest value of that key which the user wrote and has not removed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from simulator.events import Effect
from simulator.story import template
from simulator.story.keys import Key
from simulator.story.line import Line, Request, RunSql, Wait, WriteFile
from simulator.story.mistakes import Mistake
from simulator.story.outside import parse_operator, parse_world
from simulator.story.requests import parse_request
from simulator.story.schedule import Lifecycle
from simulator.story.tokens import label
from simulator.story.verbs import POINTING, WRITING, Clause, Names
from simulator.story.words import Word, cut

WORLD, OPERATOR = "world", "operator"

_Act: TypeAlias = Request | WriteFile | RunSql | Wait | Lifecycle
_FRESH = frozenset({"add", "write"})


class Reader:
    """What is known at a place of the text: values given so far, names kept so far."""

    def __init__(self, names: Names, *, implicit: Key | None) -> None:
        self.lines: list[Line] = []
        self._names = names
        self._implicit = implicit
        self._given: dict[str, str] = {}
        """label -> whose data it is"""
        self._counts: dict[str, int] = {}
        self._newest: dict[tuple[str, str], list[str]] = {}
        """(user, key) -> labels written there and not removed, oldest first"""
        self._kept: dict[str, int] = {}
        """$name -> place of the line that keeps it"""

    def read(self, number: int, text: str, user: str, rest: str) -> None:
        """Add one step. Raises Mistake, or ValueError for quotes and brackets that are not closed."""
        value = self._value(user, rest)
        rest = template.cut_holes(rest, value=value, users=self._names.users)
        words = cut(rest)
        self._check_holes(template.holes(rest))
        act, clauses = self._parse(user, rest, words)
        if self._implicit and value and isinstance(act, Request) and not any(c.kind != "read" for c in clauses):
            clauses = (Clause(verb="adds", key=self._implicit), *clauses)
        pointed = self._pointed(template.holes(rest))
        effects = tuple(self._effect(user, clause, value or pointed) for clause in clauses)
        line = Line(number=number, text=text, user=user, act=act, effects=effects, value=value)
        self._remember(line, template.holes(rest))

    def _value(self, user: str, rest: str) -> str:
        """The label that VALUE stands for, "" in a line without it."""
        if not template.VALUE.search(rest):
            return ""
        words = [word.text for word in cut(rest)]
        if WRITING.isdisjoint(words) and not POINTING.isdisjoint(words):
            return self._newest_of(user, words)
        self._counts[user] = self._counts.get(user, 0) + 1
        fresh = label(user, self._counts[user])
        self._given[fresh] = user
        return fresh

    def _newest_of(self, user: str, words: Sequence[str]) -> str:
        verb = next(at for at, word in enumerate(words) if word in POINTING)
        key = words[verb + 1] if verb + 1 < len(words) else ""
        values = self._newest.get((user, key), [])
        if not values:
            raise Mistake(
                f"VALUE is the newest value that {user} wrote to {key or 'the key'}, and there is none yet",
                do="Other values are named by label (bob-1) or by a kept $id.",
            )
        return values[-1]

    def _check_holes(self, names: Sequence[str]) -> None:
        for name in names:
            if name.startswith("$") and name[1:] not in self._kept:
                raise Mistake(
                    f"no earlier line keeps {name}",
                    got=name,
                    known=[f"${kept}" for kept in self._kept],
                    do="A line keeps a value of its JSON answer with  -> $id.  A plain dollar is written $$.",
                )
            if not name.startswith("$") and name not in self._given:
                raise Mistake(f"{name} would be a value of an earlier line, and there is no such value")

    def _parse(self, user: str, rest: str, words: tuple[Word, ...]) -> tuple[_Act, tuple[Clause, ...]]:
        if user == WORLD:
            return parse_world(rest, words, self._names)
        if user == OPERATOR:
            return parse_operator(words), ()
        return parse_request(words, self._names)

    def _pointed(self, names: Sequence[str]) -> str:
        """The value that a line without VALUE speaks of: by a label, or by the $name its own request kept."""
        for name in names:
            found = name if not name.startswith("$") else self.lines[self._kept[name[1:]]].value
            if found:
                return found
        return ""

    def _effect(self, user: str, clause: Clause, value: str) -> Effect:
        if clause.kind in _FRESH | {"remove"} and not value:
            raise Mistake(
                f'"{clause.verb} {clause.key.name}" needs VALUE in the line',
                do="VALUE becomes a value nobody else has.",
            )
        of = clause.of or self._owner(clause, value)
        if user == WORLD and clause.key.is_private and of in (None, WORLD):
            raise Mistake(f"{clause.key.name} is private: say whose", do=f"{clause.verb} {clause.key.name} of alice")
        carries = clause.kind in _FRESH | {"remove", "share"}
        return Effect(
            kind=clause.kind,
            key=clause.key.name,
            value=clause.amount if clause.kind == "increment" else (value or None) if carries else None,
            of=None if of == user else of,
            complete=clause.complete,
            path=clause.path,
            to=clause.to,
        )

    def _owner(self, clause: Clause, value: str) -> str | None:
        """Whose data a value is that somebody else removes."""
        return self._given.get(value) if clause.kind == "remove" and clause.key.is_private else None

    def _remember(self, line: Line, names: Sequence[str]) -> None:
        here = len(self.lines)
        for effect in line.effects:
            values = self._newest.setdefault((line.user, effect.key), [])
            if effect.kind in _FRESH and isinstance(effect.value, str):
                values.append(effect.value)
                self._given[effect.value] = effect.of or line.user
            elif effect.kind == "remove" and effect.value in values:
                values.remove(effect.value)
        needs = {self._kept[name[1:]] for name in names if name.startswith("$")}
        others = tuple(sorted(place for place in needs if self.lines[place].user != line.user))
        self.lines.append(
            Line(
                number=line.number,
                text=line.text,
                user=line.user,
                act=line.act,
                effects=line.effects,
                value=line.value,
                needs=others,
            )
        )
        if isinstance(line.act, Request):
            self._kept.update({keep.name: here for keep in line.act.keeps})
