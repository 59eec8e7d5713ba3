"""What the page's program needs to know, as plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.checkers.finding import Verdict
from simulator.reports.layout import printable
from simulator.reports.predict import question
from simulator.reports.words import place_of, short_names, title
from simulator.result import Blame, Example, Place, Result, ShownStep
from simulator.story.story import letters

MOST_STEPS = 200
MOST_ORDERS = 60
_AROUND = 40
"""Files with more lines are shown around the lines that matter."""


def data_of(results: Sequence[Result]) -> dict[str, Any]:
    """The sides of the page, one for each result, and the orders that can be chosen."""
    sides = [{**_side(result), "name": name} for result, name in zip(results, short_names(results), strict=True)]
    orders = list(dict.fromkeys(order for order, _ in sorted(_ranked(sides), key=lambda pair: pair[1])))
    users = dict.fromkeys(user for result in results for user in (*result.users, *_users(result)))
    people = letters(user for user in users if user not in {"world", "operator"})
    return {
        "users": [{"name": name, "letter": letter.upper()} for letter, name in people.items()],
        "orders": orders[:MOST_ORDERS],
        "orders_in_all": len(orders),
        "sides": sides,
    }


def _ranked(sides: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, int]]:
    """Orders that all sides know come first, then those of examples."""
    for side in sides:
        for order in side["orders"]:
            knowing = sum(order in other["orders"] for other in sides)
            yield order, -knowing


def _users(result: Result) -> Iterator[str]:
    steps = [*(example.steps for example in result.examples), *(shown.steps for shown in result.shown)]
    yield from (step.user for each in steps for step in each)


def _side(result: Result) -> dict[str, Any]:
    orders: dict[str, dict[str, Any]] = {}
    for example in result.examples:
        known = orders.setdefault(example.order, _order(example.steps, result))
        known["findings"].append(_finding(example))
    for shown in result.shown:
        before = orders.get(shown.order, {"findings": []})
        orders[shown.order] = {**_order(shown.steps, result), "findings": before["findings"]}
    return {
        "app": printable(result.app),
        "title": printable(result.title),
        "verdict": str(result.verdict),
        "codes": list(dict.fromkeys(title(example) for example in result.examples)),
        "claim": result.orders.claim,
        "run": result.orders.run,
        "failed": result.orders.failed,
        "orders": orders,
        "findings": [_finding(example) for example in result.examples],
        "code": list(_code(result)),
        "unknowns": [printable(unknown.what) for unknown in result.unknowns],
    }


def _order(steps: Sequence[ShownStep], result: Result) -> dict[str, Any]:
    shown = steps[:MOST_STEPS]
    workers = {step.worker for step in shown if step.worker} | {number for step in shown for number in step.memory}
    return {
        "steps": [_step(shown, index) for index in range(len(shown))],
        "workers": max([*workers, 1]),
        "in_all": len(steps),
        "record": result.record or "the record",
        "findings": [],
    }


def _step(steps: Sequence[ShownStep], index: int) -> dict[str, Any]:
    step = steps[index]
    asked = question(steps, index)
    return {
        "number": step.number,
        "user": step.user,
        "request": printable(step.request),
        "worker": step.worker,
        "answer": printable(step.answer),
        "status": step.status,
        "mark": printable(step.mark),
        "codes": list(step.codes),
        "phase": step.phase,
        "memory": {
            str(worker): [[printable(name), printable(value)] for name, value in pairs]
            for worker, pairs in step.memory.items()
        },
        "question": asked
        and {"text": asked.text, "choices": [printable(choice) for choice in asked.choices], "right": asked.right},
    }


def _finding(example: Example) -> dict[str, Any]:
    blame = example.blame or Blame(name="")
    return {
        "title": title(example),
        "code": example.finding.code,
        "order": example.order,
        "step": example.finding.step,
        "why": printable(example.finding.why),
        "scope": blame.scope,
        "name": printable(blame.name),
        "values": [[worker, printable(value)] for worker, value in blame.values],
        "proven": example.proven,
    }


def _code(result: Result) -> Iterator[dict[str, Any]]:
    """The files with a guilty line; behind each line that matters, remarks with the orders that they are about."""
    notes: dict[str, dict[int, dict[str, list[str]]]] = {}
    texts: dict[tuple[str, int], str] = {}
    guilty: set[tuple[str, int]] = set()
    for example in result.examples:
        for place, note in _places(example.blame):
            found = notes.setdefault(place.file, {}).setdefault(place.line, {})
            texts[place.file, place.line] = place.text
            if place == place_of(example):
                guilty.add((place.file, place.line))
            found.setdefault(note, []).append(example.order)
    for file, lines in notes.items():
        source = result.sources.get(file)
        numbers = _window(len(source), list(lines)) if source else sorted(lines)
        rows = []
        for number in numbers:
            text = source[number - 1] if source else texts[file, number]
            kind = "guilty" if (file, number) in guilty else "named" if number in lines else ""
            rows.append([number, printable(text).rstrip(), list(lines.get(number, {}).items()), kind])
        yield {"file": printable(file), "lines": rows}


def _places(blame: Blame | None) -> Iterator[tuple[Place, str]]:
    if blame is None:
        return
    if blame.defined:
        name = "" if blame.name in blame.defined.text else f"{blame.name}: "
        yield blame.defined, f"{name}{blame.scope or 'made here'}"
    if blame.changed and blame.changed != blame.defined:
        yield blame.changed, "changed here"
    if blame.read and blame.read not in (blame.defined, blame.changed):
        yield blame.read, "answers from here"


def _window(count: int, important: Sequence[int]) -> list[int]:
    if count <= _AROUND:
        return list(range(1, count + 1))
    near = {number for line in important for number in range(line - 4, line + 5)}
    return sorted(number for number in near if 1 <= number <= count)


def verdict_text(result: Result) -> str:
    """ "✗ problem", with its sign."""
    signs = {Verdict.OK: "✓", Verdict.PROBLEM: "✗", Verdict.UNKNOWN: "?"}
    return f"{signs[result.verdict]} {result.verdict}"
