"""The example histories of the definitions, each with its exact verdict; and what a verdict is worth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.checkers.finding import Anomaly, Finding, Verdict
from simulator.checkers.judge import find, judge
from simulator.history.operation import WORLD, History, Kind, Load, Operation, Outcome
from simulator.story.keys import Key, KeyKind, Scope

EXAMPLES = json.loads((Path(__file__).parent / "histories.json").read_text())
KINDS = {"set": KeyKind.ITEMS, "append": Kind.ADD, "incr": Kind.INCREMENT}
NAMES = {
    Anomaly.STALE_VALUE: "STALE",
    Anomaly.LOST_WRITE: "LOST",
    Anomaly.LOST_UPDATE: "LOST-UPDATE",
    Anomaly.FLIP_FLOP: "FLIP-FLOP",
    Anomaly.NOT_CONSTANT: "NOT-CONSTANT",
    Anomaly.DUPLICATE: "DUPLICATE",
}


def key_of(spec: Mapping[str, Any]) -> Key:
    fresh = spec.get("fresh", 0)
    return Key(
        name="data",
        kind=KeyKind(KINDS.get(spec["kind"], spec["kind"])),
        scope=Scope(spec.get("scope", "shared")),
        unique=spec.get("unique", True),
        closed=spec.get("closed", True),
        cas=spec.get("cas", False),
        constant_per_load=fresh == "load",
        fresh_s=0.0 if fresh == "load" else float(fresh),
    )


def operation_of(plain: Mapping[str, Any], loads: Mapping[int, Load]) -> Operation:
    user, value = plain["u"], plain.get("v")
    began, ended = plain["t"]
    return Operation(
        user=WORLD if user == "WORLD" else user,
        of=plain.get("of", user),
        key="data",
        kind=Kind(KINDS.get(plain["op"], plain["op"])),
        value=tuple(value) if isinstance(value, list) else value,
        began=began,
        ended=ended,
        outcome=Outcome(plain.get("out", "ok")),
        worker=(plain["w"], 1) if "w" in plain else None,
        load=max((number for number, load in loads.items() if load.ended <= began), default=None),
        complete=plain.get("complete", True),
        result=plain.get("ret"),
        based_on=plain.get("based_on"),
    )


def share_of(plain: Mapping[str, Any]) -> Operation:
    began, ended = plain["t"]
    return Operation(
        user="ann",
        of="ann",
        key="data",
        kind=Kind.SHARE,
        value=plain["token"],
        to=plain["to"],
        began=began,
        ended=ended,
    )


def history_of(example: Mapping[str, Any]) -> History:
    loads = {n: Load(began=a, ended=b) for n, (a, b) in enumerate(example.get("loads", ()), start=1)}
    operations = [operation_of(plain, loads) for plain in example["ops"]]
    operations += [share_of(plain) for plain in example.get("shares", ())]
    operations.sort(key=lambda op: op.began)
    return History(keys={"data": key_of(example["spec"])}, operations=tuple(operations), loads=loads)


def said(finding: Finding) -> str:
    """A finding in the notation of the examples."""
    if finding.name is Anomaly.LEAK:
        return f"LEAK {finding.got}: {finding.owner}->{finding.user}"
    if finding.name is Anomaly.LOST_WRITE:
        return f"LOST {finding.expected}" + (" (own write)" if finding.own_write else "")
    if finding.name is Anomaly.STALE_VALUE and finding.sub_kind:
        return f"STALE {finding.got}"
    if finding.name is Anomaly.LOST_UPDATE:
        return f"LOST-UPDATE ({finding.sub_kind})"
    return NAMES[finding.name]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"].split()[0])
def test_the_examples_get_their_exact_verdict(example: Mapping[str, Any]) -> None:
    history = history_of(example)
    judgement = judge(history, workers=())
    if example["expect"] == ["OK"]:
        assert (judgement.verdict, judgement.findings, judgement.missing) == (Verdict.OK, (), ())
    elif example["expect"][0].startswith("UNKNOWN"):
        assert (judgement.verdict, judgement.findings) == (Verdict.UNKNOWN, ())
        assert judgement.missing == ("data: no complete read after an acknowledged write",)
    else:
        assert judgement.verdict is Verdict.PROBLEM
        assert sorted({said(finding) for finding in judgement.findings}) == sorted(example["expect"])
    assert find(history) == judgement.findings


def test_there_are_examples_of_all_three_verdicts() -> None:
    assert len(EXAMPLES) == 32
    assert sum(example["expect"] == ["OK"] for example in EXAMPLES) >= 14
