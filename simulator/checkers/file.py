"""Judging a file: a history in its own form, streaming, or the record of runs.

Rule: a line that cannot be read is named and left out; it may have been a change, so that from there on the
keys are judged as if somebody unseen could change them. Everything else is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from simulator.checkers.finding import Judgement, Verdict
from simulator.checkers.judge import judge, sum_up
from simulator.checkers.stream import Stream
from simulator.errors import RecordError
from simulator.history import record
from simulator.history.from_events import histories
from simulator.history.jsonl import HistoryHeader, Label, NumberedLoad, Reader
from simulator.history.operation import Answer, Operation

MOST_TROUBLES = 20
"""So many bad lines are named; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a file amounts to. `troubles` are the first bad lines, `bad_lines` counts all; `lines` were read.

    `labels` are the names by which reports show tokens.
    """

    judgement: Judgement
    lines: int
    bad_lines: int = 0
    troubles: tuple[RecordError, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)


def check_lines(lines: Iterable[str], workers: Sequence[int] | None = None) -> Checked:
    """Judge a history or a record, line by line; `workers` as for `judge`.

    A bad line makes the verdict at least unknown. Raises RecordError if there is nothing to judge: no line, or
    a first line that is no header.
    """
    source = iter(lines)
    first = next(source, "")
    if '"type":"header"' in first.replace(" ", ""):
        return _record(chain((first,), source), workers)
    return _history(chain((first,), source) if first else source, workers)


def judge_lines(lines: Iterable[str], workers: Sequence[int] | None = None) -> Judgement:
    """The judgement of a file in which every line is good. Raises RecordError that names the first bad line."""
    checked = check_lines(lines, workers)
    if checked.troubles:
        raise checked.troubles[0]
    return checked.judgement


def _record(lines: Iterator[str], workers: Sequence[int] | None) -> Checked:
    """The record of one or several runs: judged together."""
    known = record.read(lines)
    runs = histories(known.events)
    numbers = workers if workers is not None else tuple(range(1, max((run.workers for run in runs), default=0) + 1))
    judgement = sum_up((judge(run, workers=()) for run in runs), numbers)
    return Checked(judgement=judgement, lines=len(known.events) + 1)


def _history(lines: Iterable[str], workers: Sequence[int] | None) -> Checked:
    reader, troubles, bad_lines = Reader(), list[RecordError](), 0
    stream: Stream | None = None
    declared = 0
    for line in lines:
        try:
            entry = reader.take(line)
        except RecordError as error:
            if stream is None:
                raise
            bad_lines += 1
            troubles += [error] if len(troubles) < MOST_TROUBLES else []
            stream.lose_sight()
            continue
        if isinstance(entry, HistoryHeader):
            stream, declared = Stream(entry.keys), entry.workers
            continue
        assert stream is not None
        match entry:
            case NumberedLoad(number, load):
                stream.loads[number] = load
            case Label(token, label):
                stream.labels[token] = label
            case Operation() | Answer():
                stream.take(entry)
    reader.close()
    assert stream is not None
    numbers = tuple(range(1, declared + 1)) if workers is None and declared else workers
    judgement = _with_troubles(stream.close(numbers), troubles, bad_lines)
    return Checked(
        judgement=judgement,
        lines=reader.line,
        bad_lines=bad_lines,
        troubles=tuple(troubles),
        labels=stream.labels,
    )


def _with_troubles(judgement: Judgement, troubles: Sequence[RecordError], bad_lines: int) -> Judgement:
    """A file with a hole in it is never ok."""
    if not troubles:
        return judgement
    more = (f"{bad_lines - len(troubles)} more lines cannot be read",) if bad_lines > len(troubles) else ()
    said = (*(error.what for error in troubles), *more)
    verdict = Verdict.PROBLEM if judgement.findings else Verdict.UNKNOWN
    return replace(
        judgement, verdict=verdict, missing=(*said, *judgement.missing), undecided=(*said, *judgement.undecided)
    )
