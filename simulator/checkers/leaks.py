"""Leaks: a user's private data in another user's answer.

Rule: a fresh token in an answer cannot be there by chance. It is a leak if its key is private, the user is not
in its audience by the end of the answer (owner, writer, those it was shared with, as soon as the share was
sent), and no request of the user's own had carried it. The outcome of any request does not matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import attrgetter

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.variable import SOURCES, shown
from simulator.checkers.words import Words
from simulator.history.operation import Answer, History, Kind, Operation, Outcome
from simulator.story.keys import Key


@dataclass(slots=True)
class Audience:
    """Who may see what: the first requests that carried private tokens, and since when other users may see them."""

    origins: dict[str, Operation] = field(default_factory=dict)
    allowed: dict[tuple[str, str], float] = field(default_factory=dict)
    published: dict[str, float] = field(default_factory=dict)

    def learn(self, operation: Operation, key: Key) -> None:
        """Take in a write or a share: refused writes are origins too, refused shares allow nothing."""
        if not isinstance(operation.value, str):
            return
        if operation.kind in SOURCES and key.is_private:
            self.origins.setdefault(operation.value, operation)
        elif operation.kind in SOURCES:
            self.published[operation.value] = -math.inf
        elif operation.kind is Kind.SHARE and operation.outcome is not Outcome.FAIL:
            if operation.to is None:
                self.published[operation.value] = min(operation.began, self.published.get(operation.value, math.inf))
            else:
                self.allow(operation.value, operation.to, operation.began)

    def allow(self, token: str, user: str, since: float) -> None:
        """The user may see the token from `since` on: it was shared with him, or his own request carried it."""
        origin = self.origins.get(token)
        if origin is not None and user in (origin.of, origin.user):
            return
        self.allowed[token, user] = min(since, self.allowed.get((token, user), math.inf))

    def may_see(self, token: str, user: str, when: float) -> bool:
        """Owner and writer always; others if the token was shared with them, published or sent by them by then."""
        origin = self.origins.get(token)
        if origin is None or user == origin.of or user == origin.user:
            return True
        return self.allowed.get((token, user), math.inf) <= when or self.published.get(token, math.inf) <= when


def find(history: History, words: Words) -> Iterator[Finding]:
    """One finding for each private token and each user who should not have seen it: the first such answer."""
    if not any(key.is_private for key in history.keys.values()):
        return
    audience, answers = Audience(), answers_of(history)
    for operation in history.operations:
        audience.learn(operation, history.keys[operation.key])
    told: set[tuple[str, str]] = set()
    sent = 0
    for answer in answers:
        while sent < len(answers) and answers[sent].began <= answer.ended:  # what was sent later excuses nothing here
            for token in answers[sent].sent:
                audience.allow(token, answers[sent].user, answers[sent].began)
            sent += 1
        yield from leaks_in(answer, audience, told, words)


def leaks_in(answer: Answer, audience: Audience, told: set[tuple[str, str]], words: Words) -> Iterator[Finding]:
    """The leaks of one answer that `told` does not hold yet."""
    for token in dict.fromkeys(answer.shown):
        if not audience.may_see(token, answer.user, answer.ended) and (token, answer.user) not in told:
            told.add((token, answer.user))
            yield _finding(answer, audience.origins[token], token, words)


def answers_of(history: History) -> list[Answer]:
    """The recorded answers in order of their beginning, and what reads say where no answer was recorded."""
    recorded = {answer.step for answer in history.answers}
    missing = (op for op in history.operations if not op.step or op.step not in recorded)
    return sorted((*history.answers, *told_by(missing)), key=attrgetter("began"))


def told_by(operations: Iterable[Operation]) -> Iterator[Answer]:
    """Operations as answers: a read shows its value, everything else sends it."""
    for op in operations:
        reads = op.kind is Kind.READ
        if reads and op.outcome is Outcome.INFO:
            continue
        yield Answer(
            step=op.step,
            user=op.user,
            worker=op.worker,
            began=op.began,
            ended=op.ended,
            sent=() if reads else shown(op),
            shown=shown(op) if reads else (),
        )


def flows(history: History) -> Mapping[tuple[str, str], int]:
    """Who saw whose: how many tokens of the first user were shown to the second. No verdict, only a table."""
    origin = {op.value: op.of for op in history.operations if op.kind in SOURCES}
    seen = {(token, answer.user) for answer in answers_of(history) for token in answer.shown if token in origin}
    table: dict[tuple[str, str], int] = {}
    for token, user in seen:
        if origin[token] != user:
            table[origin[token], user] = table.get((origin[token], user), 0) + 1
    return table


def _finding(answer: Answer, origin: Operation, token: str, words: Words) -> Finding:
    same = origin.worker == answer.worker if origin.worker and answer.worker else None
    place = f"this answer of worker {answer.worker[0]}" if answer.worker else "this answer"
    if answer.ended < origin.began:
        why = f"{words.value(token)} is shown to {answer.user} before it was sent: the record's clock cannot be right"
    else:
        why = (
            f"{words.value(token)} is shown to {answer.user}: it belongs to {origin.of} "
            f"({words.who(origin)} sent it{words.where(origin)}), and {place} shows it"
        )
    return Finding(
        name=Anomaly.LEAK,
        key=origin.key,
        step=answer.step,
        user=answer.user,
        worker=answer.worker[0] if answer.worker else None,
        expected=None,
        got=token,
        owner=origin.of,
        why=why,
        same_worker=same,
        witnesses=(origin,),
    )
