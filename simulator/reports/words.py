"""The words by which reports call things: findings, places, counts."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.checkers.finding import CODES, Anomaly
from simulator.reports.layout import clean
from simulator.result import Example, Place, Result


def short(name: str) -> str:
    """The name in a table: "lost write", "leak"."""
    return "leak" if name == Anomaly.LEAK else name.replace("-", " ")


def code_of(name: str) -> str:
    """W002 for "lost-write"; the name itself where it has no code."""
    try:
        return CODES[Anomaly(name)]
    except ValueError:
        return name


def title(example: Example) -> str:
    """ "W002 lost write"."""
    return f"{example.finding.code} {short(example.finding.name)}"


def plural(number: int, noun: str) -> str:
    """ "1 order", "2 orders"; thousands with a comma."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listing(words: Sequence[str]) -> str:
    """ "alice", "alice and bob", "alice, bob and carol"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def place_of(example: Example) -> Place | None:
    """The guilty line: where the variable is defined, else where it was changed, else where it was read."""
    blame = example.blame
    return (blame.defined or blame.changed or blame.read) if blame else None


def clean_values(example: Example) -> str:
    """ "worker 1 ['alice-1']   worker 2 []"; empty where nobody looked."""
    values = example.blame.values if example.blame else ()
    return "   ".join(f"worker {worker} {clean(value)}" for worker, value in values)


def doubt(example: Example) -> str:
    """Why somebody may not believe it: empty where it was replayed and came again."""
    if example.proven:
        return ""
    if not example.is_replayed:
        return "It was not replayed: somebody ended the run before."
    again = "It did not show again when this order was replayed: the app also depends on"
    return f"{again} something else (time, chance, a file, a database)."


def codes_of(result: Result) -> tuple[str, ...]:
    """The codes of a result's examples, each once, in the order of the examples."""
    return tuple(dict.fromkeys(example.finding.code for example in result.examples))


def short_names(results: Sequence[Result]) -> list[str]:
    """What tells the applications apart: "broken" and "fixed" of "lost-write broken (flask)" and its like."""
    names = [clean(result.app).split(" ") for result in results]
    if len(set(map(tuple, names))) < len(names) or len(names) < 2:
        return [" ".join(words) for words in names]
    while all(len(words) > 1 for words in names) and len({words[0] for words in names}) == 1:
        names = [words[1:] for words in names]
    while all(len(words) > 1 for words in names) and len({words[-1] for words in names}) == 1:
        names = [words[:-1] for words in names]
    return [" ".join(words) for words in names]


def heading(example: Example) -> str:
    """ "W002 lost write, order 2:abba"; a history that something else recorded has no order."""
    return f"{title(example)}, order {example.order}" if example.order else title(example)


def share(result: Result, example: Example) -> str:
    """ "4 of 6 orders": how many showed this finding, with as many workers as its example has."""
    workers = example.order.partition(":")[0]
    name = example.finding.name
    for row in result.rows:
        if str(row.workers) == workers and row.failed.get(name):
            return f"{row.failed[name]:,} of {plural(row.run, 'order')}"
    return f"{result.orders.failed:,} of {plural(result.orders.run, 'order')}"


def summary(result: Result) -> str:
    """ "2 problems", "0 problems, 1 unknown"."""
    unknown = f", {len(result.unknowns)} unknown" if result.unknowns else ""
    return f"{plural(len(result.examples), 'problem')}{unknown}"
