"""The result as one JSON object: what `--json` prints. Names are only ever added to it while `schema` is 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from simulator.checkers.finding import Verdict
from simulator.reports.words import place_of
from simulator.result import Blame, Example, Place, Result, ShownStep, Unknown

SCHEMA = 1


def text(value: object) -> str:
    """One object on lines of its own, ending with a line feed; readable in any encoding that knows ASCII."""
    return json.dumps(value, ensure_ascii=True, indent=2, default=str) + "\n"


def document(result: Result) -> dict[str, Any]:
    """One application."""
    orders = result.orders
    return {
        "schema": SCHEMA,
        "verdict": str(result.verdict),
        "app": result.app,
        "title": result.title,
        "workers": result.workers,
        "load": result.load,
        "users": list(result.users),
        "orders": {
            "run": orders.run,
            "failed": orders.failed,
            "complete": orders.complete,
            "total": orders.total,
            "claim": orders.claim,
            "seed": orders.seed,
        },
        "rows": [
            {"label": row.label, "workers": row.workers, "load": row.load, "run": row.run, "failed": dict(row.failed)}
            for row in result.rows
        ],
        "findings": [_finding(example) for example in result.examples],
        "unknowns": [_unknown(unknown) for unknown in result.unknowns],
        "notes": list(result.notes),
        "runs": result.runs,
        "took_s": round(result.took_s, 3),
        "record": result.record,
        "command": result.command,
    }


def documents(results: Sequence[Result]) -> dict[str, Any]:
    """Several applications under one story (`compare`): the worst verdict, and one object for each."""
    worst = [verdict for verdict in (Verdict.PROBLEM, Verdict.UNKNOWN) if verdict in {one.verdict for one in results}]
    return {
        "schema": SCHEMA,
        "verdict": str(worst[0] if worst else Verdict.OK),
        "results": [document(result) for result in results],
    }


def _finding(example: Example) -> dict[str, Any]:
    finding = example.finding
    return {
        "code": finding.code,
        "name": str(finding.name),
        "order": example.order,
        "user": finding.user,
        "step": finding.step,
        "worker": finding.worker,
        "expected": _value(finding.expected),
        "got": _value(finding.got),
        "where": _where(example),
        "key": finding.key,
        "owner": finding.owner,
        "kind": finding.sub_kind,
        "why": finding.why,
        "proven": example.proven,
        "replayed": example.is_replayed,
        "load": example.load,
        "blame": _blame(example.blame),
        "steps": [_step(step) for step in example.steps],
    }


def _value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _where(example: Example) -> dict[str, Any] | None:
    place = place_of(example)
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "name": example.blame.name if example.blame else ""}


def _blame(blame: Blame | None) -> dict[str, Any] | None:
    if blame is None:
        return None
    return {
        "name": blame.name,
        "kind": blame.kind,
        "scope": blame.scope,
        "reason": blame.reason,
        "defined": _place(blame.defined),
        "changed": _place(blame.changed),
        "read": _place(blame.read),
        "values": {str(worker): value for worker, value in blame.values},
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    return {"file": place.file, "line": place.line, "text": place.text, "function": place.function}


def _step(step: ShownStep) -> dict[str, Any]:
    return {
        "number": step.number,
        "user": step.user,
        "request": step.request,
        "worker": step.worker,
        "status": step.status,
        "answer": step.answer,
        "mark": step.mark,
        "codes": list(step.codes),
        "phase": step.phase,
    }


def _unknown(unknown: Unknown) -> dict[str, Any]:
    return {"what": unknown.what, "why": list(unknown.why), "do": list(unknown.do)}
