"""From what was found for each case to the one result that reports are computed from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from simulator.checkers.finding import Verdict
from simulator.result import Example, Orders, Result, Row, Shown, Tried, Unknown
from simulator.runner.found import Counts, Found
from simulator.runner.outside import outside_notes, unequal_starts
from simulator.runner.play import STORY
from simulator.runner.shown import shown_steps
from simulator.runner.sources import sources
from simulator.runner.stage import Stage
from simulator.runner.trials import STORY_ONLY, Trial, Trials
from simulator.runner.unknowns import failed_requests, nothing_read, nothing_stored, stopped_programs
from simulator.story.schedule import LoadMode
from simulator.story.tokens import show

MISSING_SHOWN = 3


def assemble(
    stage: Stage,
    found: Sequence[Found],
    shown: Sequence[Example],
    player: Trials,
    *,
    began_s: float,
    clock: Callable[[], float],
) -> Result:
    """The result of a plan. `found` are its cases, 1 worker first, of which examples are `shown`; `clock` is a real
    one, on which it `began_s`.
    """
    plan = stage.plan
    outside = tuple(unequal_starts(stage, player.trials))
    is_found = any(example.proven for example in shown) or bool(shown and not outside)
    unknowns = tuple(_unknowns(stage, found, player.trials, outside, has_examples=is_found))
    main = found[min(1, len(found) - 1)]
    return Result(
        app=plan.title or plan.target,
        title=stage.app.title,
        workers=plan.workers,
        load=plan.loads[0],
        users=plan.story.people,
        verdict=Verdict.PROBLEM if is_found else Verdict.UNKNOWN if unknowns else Verdict.OK,
        orders=Orders(
            run=main.story.run,
            failed=main.story.any_failed,
            total=main.total,
            complete=main.is_complete,
            claim=main.claim,
            seed=plan.seed,
        ),
        rows=tuple(_rows(found)),
        examples=tuple(shown),
        unknowns=unknowns,
        notes=(
            *(show(note, _labels(player.trials)) for one in found for note in one.notes),
            *(outside_notes(stage, player.trials) if is_found else ()),
        ),
        runs=player.runs,
        took_s=clock() - began_s,
        tried=tuple(_tried(trial) for trial in player.trials if trial.case == main.case),
        shown=tuple(_shown(trial) for trial in player.trials if trial.case == main.case),
        sources=sources(stage.app, plan.cwd, shown),
        story=plan.story.text,
    )


def _rows(found: Sequence[Found]) -> Iterator[Row]:
    """The story with each case; with 1 worker also what a reload adds; a load mode only where it differs."""
    names = sorted({name for one in found for name in (*one.story.failed, *one.after.failed)})
    usual: Row | None = None
    for one in found:
        row = _row(one, one.case.label, one.story, names)
        if one.case.workers > 1 and one.case.load is LoadMode.ONCE:
            usual = row
        if usual is None or row is usual or row.failed != usual.failed:
            yield row
        if one.case.workers == 1:
            reloaded = _row(one, f"{one.case.label}, then a reload", one.after, names)
            if reloaded.failed != row.failed:
                yield reloaded


def _row(one: Found, label: str, counts: Counts, names: Sequence[str]) -> Row:
    failed = {name: counts.failed.get(name, 0) for name in names}
    return Row(label=label, workers=one.case.workers, load=one.case.load, run=counts.run, failed=failed)


def _tried(trial: Trial) -> Tried:
    names = tuple(sorted(trial.names(STORY_ONLY)))
    return Tried(order=trial.played.order, verdict=Verdict.PROBLEM if names else Verdict.OK, names=names)


def _shown(trial: Trial) -> Shown:
    rows = shown_steps(trial.played.events, labels=trial.history.labels, findings=trial.judgement.findings)
    return Shown(order=trial.played.order, steps=tuple(row for row in rows if row.phase == STORY), load=trial.case.load)


def _unknowns(
    stage: Stage, found: Sequence[Found], trials: Sequence[Trial], outside: Sequence[Unknown], *, has_examples: bool
) -> Iterator[Unknown]:
    """Why nothing can be said, the plainest reason first; what was not exercised only if nothing else explains it."""
    reasons = [*failed_requests(trials), *stopped_programs(trials)]
    if not reasons and not has_examples:
        events = list(chain.from_iterable(trial.played.events for trial in trials))
        nothing = nothing_read(events, routes=stage.app.routes, source=sources(stage.app, stage.plan.cwd))
        nothing = nothing or nothing_stored(trials, target=stage.plan.target, routes=stage.app.routes)
        reasons = [nothing] if nothing else []
    yield from reasons
    if reasons or has_examples:
        return
    if outside:
        yield from outside
        return
    for one in found:
        if one.judgement.verdict is Verdict.UNKNOWN:
            missing = one.judgement.missing or ("the story declares nothing that is read",)
            yield Unknown(what=f"{one.case.label}: not enough was looked at", why=missing[:MISSING_SHOWN])
            return


def _labels(trials: Sequence[Trial]) -> Mapping[str, str]:
    """The names of all tokens that were seen."""
    return {token: label for trial in trials for token, label in trial.history.labels.items()}
