"""Checkers: time and memory from 10^3 to 10^6 operations, and the general search from 2 to 32 at a time.

    python benchmarks/checkers.py              # to 10^5, about half a minute
    python benchmarks/checkers.py --to 6       # to 10^6 as well

Correct histories, kinds side by side: registers, items, counters, leaks; and one stale read in the middle of
registers, since what one copy explains needs no look at single reads. Wanted: time per operation flat within a
factor of 2 from 10^3 to 10^6, 10^6 in under 10 s, memory linear. Times are processor seconds of `find`, the best
of several, garbage collection off as in any batch; the history itself is not counted. From a file: the same from
JSON Lines, streaming, with the greatest number of operations that were remembered at one time.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from time import process_time
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from simulator.checkers.finding import Verdict
from simulator.checkers.judge import find
from simulator.checkers.search import linearize, model_of
from simulator.checkers.stream import Stream
from simulator.checkers.variable import split
from simulator.history.jsonl import HistoryHeader, Reader, write
from simulator.history.operation import Answer, History, Kind, Operation, Value
from simulator.story.keys import Key, KeyKind, Scope

T = TypeVar("T")
SHOWN = 5
"""So many items are in the collection at a time, and on each page."""


class Load:
    """Correct operations of one key by so many users at a time: each takes effect in the middle of its interval."""

    def __init__(self, users: int, key: Key) -> None:
        self.users, self.key = users, key
        self.random = Random(users)

    def history(self, count: int) -> History:
        operations = sorted(self._operations(count), key=lambda op: op.began)
        return History(keys={"data": self.key}, operations=tuple(operations))

    def _operations(self, count: int) -> Iterator[Operation]:
        step = {KeyKind.REGISTER: self._register, KeyKind.COUNTER: self._counter}.get(self.key.kind, self._items)
        take = step()
        for index in range(count):
            kind, value = next(take)
            half = self.random.uniform(0.3, 0.5) * self.users
            user = f"u{index % self.users}"
            yield Operation(
                user=user, of=user, key="data", kind=kind, value=value, began=index - half, ended=index + half,
                worker=(index % 4 + 1, 1), step=index + 1,
            )  # fmt: skip

    def _register(self) -> Iterator[tuple[Kind, str | None]]:
        value, number = None, 0
        while True:
            if self.random.random() < 0.3:
                value, number = f"v{number}", number + 1
                yield Kind.WRITE, value
            else:
                yield Kind.READ, value

    def _counter(self) -> Iterator[tuple[Kind, int]]:
        total = 0
        while True:
            if self.random.random() < 0.5:
                total += 1
                yield Kind.INCREMENT, 1
            else:
                yield Kind.READ, total

    def _items(self) -> Iterator[tuple[Kind, str | tuple[str, ...]]]:
        there: list[str] = []
        number = 0
        while True:
            draw = self.random.random()
            if draw < 0.25 and len(there) < SHOWN:
                there.append(f"x{number}")
                number += 1
                yield Kind.ADD, there[-1]
            elif draw < 0.45 and there:
                yield Kind.REMOVE, there.pop(0)
            else:
                yield Kind.READ, tuple(there)


def leaking(users: int, count: int) -> History:
    """Private lists: each answer shows its user's own last items, and is looked through for everybody's."""
    answers: list[Answer] = []
    operations: list[Operation] = []
    mine: dict[str, deque[str]] = {f"u{number}": deque(maxlen=SHOWN) for number in range(users)}
    for index in range(count):
        user, token = f"u{index // 2 % users}", f"t{index}"
        began, ended = float(index), float(index + users)
        if index % 2:
            shown = tuple(mine[user])
            answers.append(Answer(step=index + 1, user=user, worker=(1, 1), began=began, ended=ended, shown=shown))
        else:
            mine[user].append(token)
            operations.append(
                Operation(
                    user=user, of=user, key="data", kind=Kind.ADD, value=token, began=began, ended=ended, step=index + 1
                )
            )
            answers.append(Answer(step=index + 1, user=user, worker=(1, 1), began=began, ended=ended, sent=(token,)))
    return History(keys={"data": Key(name="data")}, operations=tuple(operations), answers=tuple(answers))


def timed(work: Callable[[], T]) -> tuple[float, T]:
    gc.collect()
    gc.disable()
    began = process_time()
    result = work()
    took = process_time() - began
    gc.enable()
    return took, result


def memory_mb(work: Callable[[], object]) -> float:
    """The greatest memory that the checkers held beside the history, in MB."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


KINDS: dict[str, Key] = {
    "registers": Key(name="data", kind=KeyKind.REGISTER, scope=Scope.SHARED),
    "items": Key(name="data", scope=Scope.SHARED),
    "counters": Key(name="data", kind=KeyKind.COUNTER, scope=Scope.SHARED),
}


REPEATS = {3: 200, 4: 30, 5: 6}
"""By the power of ten: small histories often, so that the machine's other work does not count."""


def history_of(name: str, users: int, count: int) -> History:
    if name == "leaks":
        return leaking(users, count)
    history = Load(users, KINDS[name.removesuffix(", a fault")]).history(count)
    return with_a_stale_read(history) if name.endswith("a fault") else history


def with_a_stale_read(history: History) -> History:
    """The first value once more, in the middle."""
    operations = list(history.operations)
    first = next(op.value for op in operations if op.kind is Kind.WRITE)
    place = next(i for i, op in enumerate(operations) if i > len(operations) // 2 and op.kind is Kind.READ)
    operations[place] = replace(operations[place], value=first)
    return replace(history, operations=tuple(operations))


def table_of_rules(to: int) -> None:
    print(
        f"{'us an operation':18} {'users':>5}", *(f"{'10^' + str(power):>15}" for power in range(3, to + 1)), sep="  "
    )
    for name in (*KINDS, "leaks", "registers, a fault"):
        for users in (8, 32, 128):
            times, cells = [], []
            for power in range(3, to + 1):
                history = history_of(name, users, 10**power)
                work = partial(find, history)
                took, found = min((timed(work) for _ in range(REPEATS.get(power, 3))), key=lambda one: one[0])
                assert len(found) == name.endswith("a fault"), found
                times.append(took / 10**power * 1e6)
                held = f"{memory_mb(work):5.0f} MB" if users == 32 else " " * 8
                cells.append(f"{times[-1]:6.2f} {held}")
            print(f"{name:18} {users:5}", *cells, f"  x {max(times) / min(times):.2f}", sep="  ", flush=True)


def table_of_files(count: int) -> None:
    print(f"\nfrom a file, streaming, {count:,} operations by 32 users")
    for name, key in KINDS.items():
        lines = [line + "\n" for line in write(Load(32, key).history(count))]
        took, most = timed(partial(streamed, lines))
        print(f"{name:10}  {took:6.2f} s  {took / count * 1e6:6.2f} us an operation  at most {most:,} remembered")


def streamed(lines: list[str]) -> int:
    reader, most = Reader(), 0
    header = reader.take(lines[0])
    assert isinstance(header, HistoryHeader)
    stream = Stream(header.keys)
    for number, line in enumerate(lines[1:]):
        stream.take(reader.take(line))  # type: ignore[arg-type]
        if number % 1000 == 0:
            most = max(most, stream.kept)
    assert stream.close().findings == ()
    return most


def table_of_search(count: int, budget: int) -> None:
    print(f"\nthe general search, {count} operations with repeated values, {budget:,} placements at most")
    for users in (2, 4, 8, 16, 32):
        verdicts = dict.fromkeys(Verdict, 0)
        took = 0.0
        for seed in range(20):
            load = Load(users, KINDS["registers"])
            load.random = Random(seed)
            history = load.history(count)
            plain = {op.value: f"r{i % 5}" for i, op in enumerate(history.operations) if op.kind is Kind.WRITE}
            operations = tuple(_renamed(op, plain) for op in history.operations)
            variable = next(split(History(keys=history.keys, operations=operations)))
            once, found = timed(partial(linearize, operations, model_of(variable), budget))
            took += once
            verdicts[found.verdict] += 1
        told = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items() if number)
        print(f"{users:3} at a time  {took / 20 * 1e3:9.2f} ms each   {told}", flush=True)


def _renamed(op: Operation, plain: dict[Value, str]) -> Operation:
    return replace(op, value=plain.get(op.value, op.value))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=int, default=5, help="the greatest power of ten of operations")
    parser.add_argument("--budget", type=int, default=50_000)
    options = parser.parse_args()
    table_of_rules(options.to)
    table_of_files(min(10**options.to, 200_000))
    table_of_search(400, options.budget)


if __name__ == "__main__":
    main()
