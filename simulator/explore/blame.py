"""Blame: the variable behind a finding, with each worker's value, and the lines that define, change and read it.

The replay that proves a finding is watched: what each worker holds after each step, and which lines of the
application's files ran. The variable that differs is the suspect (`explore.difference`). Where it takes too long to
look after every line, one more replay looks only where a suspect is mentioned.

Rule: what was not seen is not said. Where the search ends without a name, `Blame.reason` says why.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.checkers.finding import Anomaly, Finding
from simulator.errors import AppError, OrderError
from simulator.events import Event, OutsideChanged, RequestSent
from simulator.explore.definition import Definition, Named, definition, named
from simulator.explore.difference import Comparison, Pair, Suspect, load_pair, other_load, pairs, surest, suspects
from simulator.explore.kept import kept
from simulator.result import Blame, Example, Place
from simulator.runner.examples import Proof
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.runner.watching import CodePlace, Held, Moment, Watching
from simulator.story.tokens import MARKER, show, tokens_in

_CUT_TOKEN = re.compile(MARKER + r"[a-z2-7]{0,11}\.\.\.")
MOST_WATCHED = 6
MOST_SHOWN = 3
_STALE = frozenset({Anomaly.STALE_VALUE, Anomaly.FLIP_FLOP, Anomaly.NOT_CONSTANT})


@dataclass(frozen=True, slots=True)
class _Found:
    """The suspects with the replay in which their lines were watched."""

    ranked: tuple[Suspect, ...]
    names: Mapping[str, Named]
    watched: Sequence[Moment]


class Blamer:
    """Explains examples on `stage` by replays of `player`; give `explain` to `runner.assemble`."""

    def __init__(self, stage: Stage, player: Trials) -> None:
        self._stage = stage
        self._player = player
        self._cwd = stage.plan.cwd.resolve()
        self._texts: dict[str, str] = {}

    def explain(self, proof: Proof) -> Example:
        """The example with its blame, and with what each worker held after each step."""
        moments, labels = proof.watching.moments, proof.trial.history.labels
        finding = proof.finding
        if not proof.example.proven or finding.worker is None or not moments:
            return proof.example
        ranked = self._ranked(proof, moments) or kept(proof, moments, _tokens(finding), self._player)
        ranked = ranked or _made_by_load(finding, moments) or self._missing_since_load(finding, moments)
        names = {one.path: self._named(one.path, one.kind, moments) for one in ranked}
        if not ranked:
            blame = Blame(name="", reason=_why_none(finding, moments))
            return _told(proof.example, blame, moments, _moving(moments, names), labels)
        found = _Found(ranked, names, self._watched(proof, ranked, names))
        chosen = _chosen(found, finding)
        if not chosen:
            blame = Blame(name="", reason=_why_none(finding, moments))
        elif len(chosen) > 1:
            titles = [names[one.path].title for one in chosen]
            blame = Blame(name="", reason=f"several variables differ: {', '.join(titles[:MOST_SHOWN])}")
        else:
            blame = self._blamed(chosen[0], found, finding, moments, labels)
        shown = [names[one.path] for one in chosen[:MOST_SHOWN]]
        return _told(proof.example, blame, moments, shown, labels)

    # Who it was

    def _ranked(self, proof: Proof, moments: Sequence[Moment]) -> tuple[Suspect, ...]:
        finding = proof.finding
        assert finding.worker is not None
        tokens = _tokens(finding)
        sources = _sources(proof.trial.played.events, tokens, finding)
        best: dict[str, Suspect] = {}
        for pair in self._pairs(finding, moments, sources):
            for one in suspects(pair, moments, tokens):
                if (one.holds_token or one.is_changed) and one.rank < (
                    best[one.path].rank if one.path in best else (True, True, 3, 0)
                ):
                    best[one.path] = one
        return tuple(sorted(best.values(), key=lambda one: (one.rank, one.path)))

    def _pairs(self, finding: Finding, moments: Sequence[Moment], sources: Sequence[int]) -> Iterator[Pair]:
        assert finding.worker is not None
        found = list(pairs(moments, step=finding.step, worker=finding.worker, sources=sources))
        if finding.name in _STALE and not any(pair.comparison is Comparison.COPIES for pair in found):
            pair = self._load_pair(finding, moments)
            yield from [pair] if pair else []
        else:
            yield from found

    def _missing_since_load(self, finding: Finding, moments: Sequence[Moment]) -> tuple[Suspect, ...]:
        """Where a load now would find what is missing."""
        pair = self._load_pair(finding, moments) if finding.name is Anomaly.LOST_WRITE else None
        found = suspects(pair, moments, _tokens(finding)) if pair is not None else ()
        return tuple(one for one in found if one.holds_token)

    def _load_pair(self, finding: Finding, moments: Sequence[Moment]) -> Pair | None:
        """The worker of the marked answer beside one whose application is loaded now."""
        worker = finding.worker or 0
        fresh = self._fresh(worker)
        return load_pair(moments, step=finding.step, worker=worker, fresh=fresh) if fresh else None

    def _fresh(self, worker: int) -> Held | None:
        """What a worker holds whose application is loaded now."""
        launcher = self._stage.launcher
        try:
            launcher.reload()
        except AppError:
            return None
        held = Watching(launcher).ask_all()
        return held.get(worker) or next(iter(held.values()), None)

    def _named(self, path: str, kind: str, moments: Sequence[Moment]) -> Named:
        return named(path, kind, _modules(moments))

    # Its lines

    def _watched(self, proof: Proof, ranked: Sequence[Suspect], names: Mapping[str, Named]) -> Sequence[Moment]:
        """The replay with lines: that of the proof, if there was time to look after each of them."""
        moments = proof.watching.moments
        if proof.watching.has_lines and not any(held.is_dear for moment in moments for held in moment.held.values()):
            return moments
        mentioned = {name for one in ranked[:MOST_WATCHED] for name in names[one.path].names}
        watching = Watching(self._stage.launcher, has_lines=True, names=mentioned)
        with suppress(OrderError):  # a request that had no answer in time, for lines are slow to watch
            self._player.one(proof.schedule, proof.extent, watcher=watching)
        return watching.moments

    def _blamed(
        self, one: Suspect, found: _Found, finding: Finding, moments: Sequence[Moment], labels: Mapping[str, str]
    ) -> Blame:
        name = found.names[one.path]
        last = _moment(moments, finding.step)
        assert last is not None
        changed, read = _changed(found.watched, one, finding.step), _read(found, one, finding)
        modules = _modules(moments)
        defined = self._definition(name, modules)
        return Blame(
            name=show((defined.title if defined else "") or name.title, labels),
            kind=one.kind,
            scope=_scope(one, finding, moments),
            defined=self._place((modules[defined.module], defined.line, defined.function)) if defined else None,
            changed=self._place(changed),
            read=self._place(read),
            values=_values(last, name, labels),
        )

    def _definition(self, name: Named, modules: Mapping[str, str]) -> Definition | None:
        trees = {module: tree for module, file in modules.items() if (tree := self._tree(file)) is not None}
        return definition(name, trees)

    def _tree(self, file: str) -> ast.Module | None:
        try:
            return ast.parse(self._text(file))
        except (SyntaxError, ValueError):
            return None

    def _text(self, file: str) -> str:
        if file not in self._texts:
            try:
                self._texts[file] = Path(file).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                self._texts[file] = ""
        return self._texts[file]

    def _place(self, place: CodePlace | None) -> Place | None:
        if place is None:
            return None
        file, line, function = place
        lines = self._text(file).splitlines()
        path = Path(file)
        shown = path.relative_to(self._cwd) if path.is_relative_to(self._cwd) else path
        return Place(
            file=str(shown),
            line=line,
            text=lines[line - 1].strip() if 0 < line <= len(lines) else "",
            function="" if function.startswith("<") else function.rpartition(".")[2],
        )


def _made_by_load(finding: Finding, moments: Sequence[Moment]) -> tuple[Suspect, ...]:
    """What each load makes differently, where nothing else explains the answer."""
    pair = other_load(moments, step=finding.step, worker=finding.worker or 0)
    return suspects(pair, moments, ()) if pair is not None else ()


def _modules(moments: Sequence[Moment]) -> Mapping[str, str]:
    """The application's modules; some are imported by a first request only, and not in every worker."""
    return {name: file for moment in moments for held in moment.held.values() for name, file in held.modules.items()}


def _tokens(finding: Finding) -> tuple[str, ...]:
    """The values in question."""
    texts = [finding.expected, finding.got] if finding.name is not Anomaly.LEAK else [finding.got]
    return tokens_in(repr(texts))


def _sources(events: Sequence[Event], tokens: Sequence[str], finding: Finding) -> list[int]:
    """The steps that sent the value in question, or that the judgement names."""
    wanted = tokens_in(repr(finding.expected)) or tokens
    sent = []
    for event in events:
        if isinstance(event, RequestSent):
            said = repr((event.url, event.body, event.effects))
        elif isinstance(event, OutsideChanged):
            said = repr((event.what, event.effects))
        else:
            continue
        if any(token in said for token in wanted):
            sent.append(event.step)
    return sent or [op.step for op in finding.witnesses if op.step and op.step != finding.step]


def _chosen(found: _Found, finding: Finding) -> tuple[Suspect, ...]:
    """The surest; of several, or of what is kept, those that the marked answer's request reads."""
    first = surest(found.ranked)
    is_kept = first[0].pair.comparison is Comparison.KEPT
    if len(first) == 1 and not is_kept:
        return first
    reading = tuple(one for one in first if _read(found, one, finding) is not None)
    return reading if is_kept else reading or first


def _read(found: _Found, one: Suspect, finding: Finding) -> CodePlace | None:
    """The line that read it for the marked answer."""
    name, moment = found.names[one.path], _moment(found.watched, finding.step)
    held = moment.held.get(finding.worker) if moment is not None and finding.worker is not None else None
    if held is None:
        return None
    return held.reading(name.names, name.function if one.kind == "default argument" else "")


def _changed(watched: Sequence[Moment], one: Suspect, step: int) -> CodePlace | None:
    """The line that changed it in the step that counts, or else in the last one up to the marked step."""
    steps = [moment for moment in watched if moment.served is not None and moment.step <= step]
    steps.sort(key=lambda moment: (moment.step == one.pair.step, moment.step), reverse=True)
    for moment in steps:
        held = moment.held.get(moment.served) if moment.served is not None else None
        if held is not None and (place := held.changed.get(one.path)) is not None:
            return place
    return None


def _scope(one: Suspect, finding: Finding, moments: Sequence[Moment]) -> str:
    pair = one.pair
    if pair.comparison is Comparison.LOADS:
        start = moments[0].held.get(finding.worker or 0)
        is_from_load = start is not None and start.marks.get(one.path) == pair.one.marks.get(one.path)
        return "computed once, when the app was loaded" if is_from_load else "kept by each worker once it was computed"
    if pair.comparison is Comparison.EACH_LOAD:
        return "made anew when the app is loaded"
    if pair.comparison is Comparison.KEPT:
        return "kept by each worker once it was computed"
    if pair.comparison is Comparison.COPIES:
        teller = next((moment.served for moment in moments if moment.step == pair.step), None)
        return "made anew when the app is loaded" if teller == finding.worker else "each worker has its own copy"
    if finding.name is Anomaly.LEAK:
        return f"one {_word(pair.one.values.get(one.path, ''))} for all users of a worker"
    return "it lives in the memory of one worker"


def _word(value: str) -> str:
    """What kind of thing a short value shows."""
    if value.startswith("{"):
        return "dictionary" if ":" in value or value == "{}" else "set"
    return {"[": "list", "(": "tuple", "'": "text"}.get(value[:1], "copy")


def _why_none(finding: Finding, moments: Sequence[Moment]) -> str:
    """Why no variable is named, as far as that is known."""
    looks = [held for moment in moments for held in moment.held.values()]
    if hidden := sorted({path for held in looks for path in held.opaque}):
        return f"what {hidden[0]} holds is inside C code, where nothing can be looked at"
    if finding.name in _STALE:
        return "no variable that can be seen keeps the old value"
    processes = {held.pid for held in looks}
    if len(processes) > 1:
        return "no variable that can be seen differs: it may be in a library, in C code or in a file"
    return "no variable that can be seen kept it beyond its request"


def _moment(moments: Sequence[Moment], step: int) -> Moment | None:
    return next((moment for moment in reversed(moments) if moment.step == step), None)


def _moving(moments: Sequence[Moment], names: Mapping[str, Named]) -> list[Named]:
    """Nothing is to blame: then nothing is shown."""
    return list(names.values())[: MOST_SHOWN if moments else 0]


def _values(moment: Moment, name: Named, labels: Mapping[str, str]) -> tuple[tuple[int, str], ...]:
    """Each worker's; none where different values look the same in short."""
    marks = {held.marks.get(name.path) for held in moment.held.values()}
    values = tuple((number, _value(held, name, labels)) for number, held in moment.held.items())
    return values if len({value for _, value in values}) >= len(marks) else ()


def _value(held: Held, name: Named, labels: Mapping[str, str]) -> str:
    value = held.values.get(name.path)
    if value is None:
        return "as it was loaded" if name.kind == "library" else "nothing"
    return _CUT_TOKEN.sub("...", show(value, labels))


def _told(
    example: Example, blame: Blame, moments: Sequence[Moment], shown: Sequence[Named], labels: Mapping[str, str]
) -> Example:
    """The example with its blame, and with the values of `shown` beside its steps."""
    by_step = {moment.step: moment for moment in moments}
    steps = tuple(
        replace(step, memory=_memory(by_step[step.number], shown, labels)) if step.number in by_step else step
        for step in example.steps
    )
    return replace(example, blame=blame, steps=steps)


def _memory(
    moment: Moment, shown: Sequence[Named], labels: Mapping[str, str]
) -> Mapping[int, tuple[tuple[str, str], ...]]:
    if not shown:
        return {}
    return {
        number: tuple((show(name.title, labels), _value(held, name, labels)) for name in shown)
        for number, held in moment.held.items()
    }
