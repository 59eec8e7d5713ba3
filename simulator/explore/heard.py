"""What a step gave: the answer that a program remembers, and the events that a history is made of."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

from simulator.checkers.masks import Answer, masked, masked_bytes
from simulator.checkers.meaning import Meaning
from simulator.events import Event, Logged, RequestSent, ValueSeen
from simulator.history.operation import Value
from simulator.proxy.call import Call, Reply


class Unexplorable(Exception):
    """The graph cannot tell the truth about this application or story; `reason` says why, for people.

    The caller plays every order for real instead.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooMuch(Unexplorable):
    """What was seen so far is true, but seeing all of it would cost too much."""


class Noisy(Unexplorable):
    """The same request to workers that had lived through the same was answered differently."""


@dataclass(frozen=True, slots=True)
class Heard:
    """`reply` is None for a change of the world, which may have `waited_s` seconds go by.

    `twin` is the answer of another process that had lived through the same. Two are equal where a program could not
    tell them apart.
    """

    meaning: Hashable
    reply: Reply | None = field(compare=False)
    events: tuple[Event, ...] = field(compare=False)
    waited_s: float = 0.0
    twin: Reply | None = field(default=None, compare=False)

    @classmethod
    def of_reply(cls, reply: Reply, events: tuple[Event, ...], twin: Reply | None = None) -> Heard:
        """The answer to a request; with a `twin`, what differs in it does not count."""
        if twin is not None:
            return cls(masked_bytes(answer_of(reply), answer_of(twin)), reply, events, twin=twin)
        return cls((reply.status, tuple(reply.headers), reply.body), reply, events)

    @property
    def sense(self) -> Meaning:
        """What a person takes from the answer."""
        assert self.reply is not None
        mine = answer_of(self.reply).meaning
        return mine if self.twin is None else masked(mine, answer_of(self.twin).meaning)

    def told_by(self, call: Call) -> Heard:
        """The same answer, to the same request of somebody else, who says something else about it."""
        return replace(self, events=tuple(_told(event, call) for event in self.events))

    def seen(self, values: Sequence[tuple[str, Value]]) -> Heard:
        """The same answer, of which the story itself says what it showed, by key."""
        said = (ValueSeen(t=0.0, step=0, key=key, value=value) for key, value in values)
        return replace(self, events=(*self.events, *said)) if values else self

    @classmethod
    def of_change(cls, events: tuple[Event, ...], waited_s: float) -> Heard:
        """A change of the world has no answer."""
        return cls(None, None, events, waited_s)


def answer_of(reply: Reply) -> Answer:
    """The answer as checkers take it."""
    return Answer(reply.status, tuple(reply.headers), reply.body)


def _told(event: Event, call: Call) -> Event:
    match event:
        case RequestSent():
            return replace(event, user=call.user, effects=call.effects, expect=call.expect, composed=call.composed)
        case Logged():
            return replace(event, user=call.user)
    return event
