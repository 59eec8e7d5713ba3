"""Leaks against the definition, word by word, on random flows of tokens."""

from __future__ import annotations

from random import Random
from typing import Any

from simulator.checkers import leaks
from simulator.checkers.finding import Anomaly
from simulator.checkers.stream import Stream
from simulator.checkers.words import Words
from simulator.history.operation import Answer, History, Kind, Operation, Outcome
from simulator.story.keys import Key, Scope

KEYS = {"note": Key(name="note"), "wall": Key(name="wall", scope=Scope.SHARED)}
USERS = ("alice", "bob", "carol")


def drawn(random: Random, draw: Any) -> tuple[list[Operation], list[Answer]]:
    operations: list[Operation] = []
    answers: list[Answer] = []
    tokens: list[str] = []
    for step in range(1, random.randint(3, 9)):
        user, (began, ended) = random.choice(USERS), draw.moment(random)
        sent: tuple[str, ...] = ()
        kind = random.choice((Kind.ADD, Kind.SHARE, Kind.READ, Kind.READ))
        if kind is Kind.ADD or not tokens:
            tokens.append(f"t{step}")
            key, of = random.choice(("note", "note", "wall")), random.choice((user, user, *USERS))
            operations.append(
                draw.operation(
                    random, Kind.ADD, tokens[-1], user=user, of=of, key=key, began=began, ended=ended, step=step
                )
            )
            sent = (tokens[-1],)
        elif kind is Kind.SHARE:
            token, to = random.choice(tokens), random.choice((None, *USERS))
            operations.append(
                draw.operation(random, kind, token, user=user, to=to, key="note", began=began, ended=ended, step=step)
            )
            sent = (token,)
        elif random.random() < 0.2:
            sent = (random.choice(tokens),)
        begun = {op.value for op in operations if op.kind is Kind.ADD and op.began <= ended}
        shown = tuple(token for token in tokens if token in begun and random.random() < 0.3)
        answers.append(Answer(step=step, user=user, worker=(1, 1), began=began, ended=ended, sent=sent, shown=shown))
    return sorted(operations, key=lambda op: op.began), sorted(answers, key=lambda a: a.began)


def by_definition(operations: list[Operation], answers: list[Answer]) -> set[tuple[str, str]]:
    """(token, user): it occurs in an answer to a user who is not in its audience by then and never carried it."""
    found = set()
    for answer in answers:
        for token in answer.shown:
            (origin,) = (op for op in operations if op.kind is Kind.ADD and op.value == token)
            shares = (op for op in operations if op.kind is Kind.SHARE and op.value == token)
            audience = {origin.of, origin.user}
            for share in shares:
                if share.outcome is not Outcome.FAIL and share.began <= answer.ended:
                    audience |= {share.to} if share.to else set(USERS)
            carried = any(a.user == answer.user and token in a.sent and a.began <= answer.ended for a in answers)
            if origin.key == "note" and answer.user not in audience and not carried:
                found.add((token, answer.user))
    return found


def test_leaks_are_what_the_definition_says_whole_and_in_pieces(trials: Any, draw: Any) -> None:
    for (operations, answers), _ in trials.each(lambda random: drawn(random, draw)):
        history = History(keys=KEYS, operations=tuple(operations), answers=tuple(answers))
        wanted = by_definition(operations, answers)
        assert {(f.got, f.user) for f in leaks.find(history, Words())} == wanted, (operations, answers)
        stream = Stream(KEYS, segment=2)
        for entry in sorted((*operations, *answers), key=lambda one: one.began):
            stream.take(entry)
        told = {(f.got, f.user) for f in stream.close().findings if f.name is Anomaly.LEAK}
        assert told == wanted, (operations, answers)
