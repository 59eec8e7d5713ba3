"""SARIF 2.1.0 (OASIS): findings as results on the guilty line, for code scanning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from simulator import __version__
from simulator.reports.explain import Page, pages
from simulator.reports.layout import clean
from simulator.reports.words import place_of, share
from simulator.result import Blame, Example, Place, Result, ShownStep

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "workersim/v1"


def sarif(results: Sequence[Result]) -> str:
    """One document with one run, whatever the number of applications."""
    examples = [(result, example) for result in results for example in result.examples]
    codes = list(dict.fromkeys(example.finding.code for _, example in examples))
    known = {page.code: page for page in pages()}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "workersim",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(known[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(results)],
        "results": [_result(result, example, codes.index(example.finding.code)) for result, example in examples],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def fingerprint(result: Result, example: Example) -> str:
    """The same finding has the same one in every run: made of code, file and variable, never of lines or times."""
    place = place_of(example)
    name = example.blame.name if example.blame and example.blame.name else example.finding.key
    parts = (example.finding.code, place.file if place else result.app, name)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _rule(page: Page) -> dict[str, Any]:
    what = " ".join(line.removeprefix("- ") for line in page.sections["What happens"])
    todo = "\n".join(page.sections["What to do"])
    return {
        "id": page.code,
        "name": "".join(word.capitalize() for word in page.name.replace("-", " ").split()),
        "shortDescription": {"text": f"{page.name}: {page.headline}"},
        "fullDescription": {"text": what},
        "help": {"text": f"{what}\n\n{todo}\n\nworkersim explain {page.code}"},
        "defaultConfiguration": {"level": "error"},
    }


def _invocation(results: Sequence[Result]) -> dict[str, Any]:
    notes = [(unknown.what, "warning") for result in results for unknown in result.unknowns]
    notes += [(note, "note") for result in results for note in result.notes]
    shown = [{"level": level, "message": {"text": clean(text)}} for text, level in notes]
    return {"executionSuccessful": True, **({"toolExecutionNotifications": shown} if shown else {})}


def _result(result: Result, example: Example, index: int) -> dict[str, Any]:
    related = _related(example.blame)
    return {
        "ruleId": example.finding.code,
        "ruleIndex": index,
        "level": "error",
        "message": {"text": message(result, example)},
        "locations": _locations(result, example),
        **({"relatedLocations": related} if related else {}),
        "codeFlows": [{"threadFlows": [{"locations": [_flow(step) for step in example.steps]}]}],
        "partialFingerprints": {FINGERPRINT: fingerprint(result, example)},
        "properties": {"order": example.order, "workers": result.workers, "load": example.load},
    }


def message(result: Result, example: Example) -> str:
    """One sentence: the variable and its copies, what was wrong in the marked answer, and how often."""
    blame = example.blame
    subject = f"{blame.name}: {blame.scope or 'copies differ'}; " if blame and blame.name else ""
    marks = "; ".join(step.mark for step in example.steps if step.mark) or example.finding.why
    where = f" (order {example.order}, {share(result, example)})" if example.order else ""
    return clean(f"{subject}{marks}{where}")


def _locations(result: Result, example: Example) -> list[dict[str, Any]]:
    place = place_of(example)
    if place is None:
        file = result.app.partition(":")[0]
        return [_physical(file, 1, "")] if file.endswith(".py") else []
    location = _physical(place.file, place.line, place.text)
    name = example.blame.name if example.blame else ""
    return [{**location, "logicalLocations": [{"name": clean(name), "kind": "variable"}]} if name else location]


def _related(blame: Blame | None) -> list[dict[str, Any]]:
    if blame is None:
        return []
    named: list[tuple[Place | None, str]] = [(blame.changed, "changed here"), (blame.read, "read here")]
    return [
        {**_physical(place.file, place.line, place.text), "id": number, "message": {"text": remark}}
        for number, (place, remark) in enumerate(named, 1)
        if place is not None
    ]


def _physical(file: str, line: int, text: str) -> dict[str, Any]:
    region: dict[str, Any] = {"startLine": max(line, 1)}
    if text:
        region["snippet"] = {"text": clean(text)}
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _flow(step: ShownStep) -> dict[str, Any]:
    worker = f", worker {step.worker}" if step.worker is not None else ""
    answer = f": {step.answer}" if step.answer else ""
    text = clean(f"{step.number} {step.user} {step.request}{worker}{answer}")
    mark = {"importance": "essential"} if step.mark else {}
    return {"location": {"message": {"text": f"{text} ({clean(step.mark)})" if step.mark else text}}, **mark}
