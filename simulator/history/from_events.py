"""From events to histories: operations, answers and loads, one history for each run.

Rule: a history is a function of the record alone, and the same for a record whose secrets were replaced. What
an answer does not say for certain becomes no operation, but a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from simulator.events import Effect, Event
from simulator.history.exchanges import Exchange, Run, runs
from simulator.history.known import Known, keys_of
from simulator.history.operation import WORLD, Answer, History, Kind, Operation, Outcome, Value
from simulator.history.pages import Page, Unreadable
from simulator.story.keys import Key, KeyKind
from simulator.story.tokens import labels_of, tokens_in

AT_START = "the value at the start"
"""What a save was based on if nothing had been written and the key declares no initial value."""


def histories(events: Iterable[Event]) -> tuple[History, ...]:
    """One history for each run of a record, in order; a last run without its end counts as far as it went.

    Workers are (number, generation): a worker that was replaced is another worker, and no process id makes two
    equal runs differ.
    """
    return tuple(_Builder(run).history() for run in runs(events))


def history(events: Iterable[Event]) -> History:
    """The history of a record that holds exactly one run. Raises ValueError."""
    (only,) = histories(events)
    return only


class _Builder:
    """Makes the history of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._keys = keys_of(run)
        self._known = Known(run, self._keys)
        self._notes: dict[str, None] = {}
        self._pages: dict[int, Page | None] = {}

    def history(self) -> History:
        run = self._run
        found = [*self._reads(), *self._changes(), *self._outside()]
        found.sort(key=lambda operation: (operation.began, operation.ended, operation.step))
        answers = sorted((self._answer(exchange) for exchange in run.exchanges), key=lambda answer: answer.began)
        tokens = self._known.all.union(*((*answer.sent, *answer.shown) for answer in answers))
        return History(
            keys=self._keys,
            operations=tuple(_with_bases(found, self._keys)),
            answers=tuple(answers),
            loads=run.loads,
            labels=labels_of(tokens, seed=run.started.seed, users=dict.fromkeys((*run.started.users, WORLD))),
            workers=run.started.workers,
            notes=tuple(self._notes),
        )

    # What was changed

    def _changes(self) -> Iterator[Operation]:
        for change in self._run.changes:
            for effect in change.effects:
                by = change.by
                made = _operation(effect, by.sent.user, change.began, by.ended, by.sent.step, **_served(by))
                result = self._result(by, effect)
                yield from self._expanded(made if result is None else replace(made, result=result))

    def _outside(self) -> Iterator[Operation]:
        for event in self._run.outside:
            for effect in event.effects:
                yield from self._expanded(_operation(effect, WORLD, event.began, event.t, event.step))

    def _expanded(self, operation: Operation) -> Iterator[Operation]:
        """A share without a value is a share of everything that the owner has or will have there."""
        if operation.kind is not Kind.SHARE or operation.value is not None:
            yield operation
            return
        for token in sorted(self._known.of_variable(operation.key, operation.of)):
            yield replace(operation, value=token)

    def _result(self, exchange: Exchange, effect: Effect) -> int | None:
        """The number that an increment answered with: at its path, or where the same request shows the counter."""
        if effect.kind != Kind.INCREMENT or exchange.outcome is not Outcome.OK or exchange.answer is None:
            return None
        shows = [read for read in exchange.reads if read.key == effect.key]
        path = effect.path or next((read.path for read in shows), "")
        page = self._page(exchange)
        if page is None or not (effect.path or shows):
            return None
        try:
            return page.number(path)
        except Unreadable as why:
            self._note(exchange, why)
            return None

    # What was shown

    def _reads(self) -> Iterator[Operation]:
        for exchange in self._run.exchanges:
            for effect in exchange.reads:
                try:
                    value = self._value(exchange, effect)
                except Unreadable as why:
                    if exchange.outcome is Outcome.OK:
                        self._note(exchange, why)
                    continue
                sent = exchange.sent
                is_cut = exchange.answer is not None and exchange.answer.cut
                told = {**_served(exchange), "value": value, "complete": effect.complete and not is_cut}
                yield _operation(effect, sent.user, sent.t, exchange.ended, sent.step, **told)

    def _value(self, exchange: Exchange, effect: Effect) -> Value:
        """What the answer shows of a key. Raises Unreadable."""
        said = (exchange.sent.step, effect.key)
        if said in self._run.seen:
            return self._run.seen[said]
        page = self._page(exchange)
        if page is None:
            raise Unreadable("the answer is compressed in a way that is not known here")
        key, known = self._keys[effect.key], self._known.of_key(effect.key)
        match key.kind:
            case KeyKind.ITEMS:
                return page.items(effect.path, known)
            case KeyKind.LIST:
                return page.entries(effect.path, known)
            case KeyKind.COUNTER:
                return page.number(effect.path)
            case _:
                return page.value(
                    key, effect.path, known, self._known.of_variable(effect.key, effect.of or exchange.sent.user)
                )

    def _page(self, exchange: Exchange) -> Page | None:
        """The body of an answer; None where there is none that can be read."""
        step = exchange.sent.step
        if step not in self._pages:
            try:
                self._pages[step] = Page(exchange.answer) if exchange.answer else None
            except Unreadable:
                self._pages[step] = None
        return self._pages[step]

    def _answer(self, exchange: Exchange) -> Answer:
        sent, answer = exchange.sent, exchange.answer
        carried = () if sent.composed else (*tokens_in(sent.url), *_in_headers(sent.headers), *tokens_in(sent.body))
        page = self._page(exchange)
        shown = (*_in_headers(answer.headers), *(page.tokens if page else ())) if answer else ()
        return Answer(
            step=sent.step,
            user=sent.user,
            worker=exchange.worker,
            began=sent.t,
            ended=exchange.ended,
            sent=tuple(dict.fromkeys(carried)),
            shown=tuple(dict.fromkeys(shown)),
        )

    def _note(self, exchange: Exchange, why: Unreadable) -> None:
        sent = exchange.sent
        self._notes[f"step {sent.step}, {sent.method} {sent.url} of {sent.user}: {why}"] = None


def _operation(effect: Effect, user: str, began: float, ended: float, step: int, **more: Any) -> Operation:
    """What `effect` says; `more` are fields that say it better."""
    said = {"value": effect.value, "complete": effect.complete, **more}
    return Operation(
        user=user,
        of=effect.of or user,
        key=effect.key,
        kind=Kind(effect.kind),
        began=began,
        ended=ended,
        based_on=effect.based_on,
        to=effect.to,
        step=step,
        **said,
    )


def _served(exchange: Exchange) -> dict[str, Any]:
    """By whom, and how it came out."""
    return {"outcome": exchange.outcome, "worker": exchange.worker, "load": exchange.load}


@lru_cache(maxsize=1024)
def _in_headers(headers: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The tokens in headers. What a user's cookies carry was put there by the server: he did not send it."""
    return tokens_in("\n".join(value for name, value in headers if name.lower() != "cookie"))


def _with_bases(operations: Sequence[Operation], keys: Mapping[str, Key]) -> Iterator[Operation]:
    """Where a save over a changed base must be refused: a save is based on what its user was last shown."""
    last: dict[tuple[str, str, str], Operation] = {}
    for operation in operations:
        key, place = keys[operation.key], (operation.user, operation.key, operation.of)
        if not key.cas:
            yield operation
        elif operation.kind is Kind.READ and operation.outcome is Outcome.OK:
            if place not in last or last[place].ended <= operation.ended:
                last[place] = operation
            yield operation
        elif operation.kind is Kind.WRITE and operation.based_on is None and place in last:
            shown = last[place]
            base = str(shown.value if shown.value is not None else AT_START)
            yield replace(operation, based_on=base) if shown.ended <= operation.began else operation
        else:
            yield operation
