"""The report of a run for people: 1 worker against N, each finding with its steps, and what to do next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from simulator import __version__
from simulator.checkers.finding import Anomaly, Verdict
from simulator.reports.findings import example_lines
from simulator.reports.layout import clean, columns, indented, pad, shell, width_of
from simulator.reports.style import Style
from simulator.reports.trouble import advice
from simulator.reports.words import codes_of, listing, plural, short, summary, title
from simulator.result import Example, Result, Row, Tried, Unknown

SHOWN_EXAMPLES = 6
_REPLAY = "workersim replay "
MOST_PASTED = 1000
"""Characters of a line that are still good to paste."""


def report(result: Result, style: Style, *, verbosity: int = 0) -> str:
    """The whole report, ending with a line feed. `verbosity`: -1 the verdict only, 1 every order too."""
    if verbosity < 0:
        return verdict_line(result, style) + "\n"
    blocks = [_header(result, style), _table(result.rows, style)]
    examples = result.examples if verbosity > 0 else result.examples[:SHOWN_EXAMPLES]
    blocks += [example_lines(example, style) for example in examples]
    if len(examples) < len(result.examples):
        blocks.append([f"Shown: {len(examples)} of {len(result.examples)} problems. All of them: -v"])
    blocks += [_unknown(unknown, style) for unknown in result.unknowns]
    blocks += [_tried(result.tried, style)] if verbosity > 0 else []
    blocks += [_notes(result.notes, style), _why_not_here(result, style), _next(result, style)]
    blocks.append(_summary(result, style))
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def verdict_line(result: Result, style: Style) -> str:
    """One line: the verdict, the application, and the codes of what was found."""
    found = ", ".join(dict.fromkeys(title(example) for example in result.examples))
    details = f"{summary(result)} ({found})" if found else f"{summary(result)}, {_covered(result)}"
    return style.marked(result.verdict, str(result.verdict)) + f"   {clean(result.app)}: {details}"


def _covered(result: Result) -> str:
    return result.orders.claim or f"{result.orders.run} orders"


def _header(result: Result, style: Style) -> list[str]:
    version = ".".join(__version__.split(".")[:2])
    parts = [f"workersim {version}", clean(result.app), clean(result.title)]
    first = "   ".join(part for part in parts if part)
    how = _LOADS.get(result.load, "")
    users = f"{'users' if len(result.users) > 1 else 'user'} {listing(result.users)}" if result.users else ""
    second = "; ".join(part for part in (how, users, result.orders.claim) if part)
    lines = [first] if width_of(first) <= style.width else indented(first, style.width, "", "   ")
    return [*(style.paint(line, "title") for line in lines), *indented(second, style.width, "")]


_LOADS = {"once": "loaded once, then forked", "per-worker": "forked, then loaded by each worker"}


def _table(rows: Sequence[Row], style: Style) -> list[str]:
    """How many orders showed what, by number of workers; the zeros are shown too."""
    if not rows:
        return []
    names = tuple(dict.fromkeys(name for row in rows for name in row.failed)) or ("problems",)
    cells = [("", *(f"{short(name)}" for name in names))]
    cells += [(row.label, *(_share(row, name) for name in names)) for row in rows]
    lines = ["   " + line for line in columns(cells, "l" + "r" * len(names), "     ")]
    if max(map(width_of, lines)) <= style.width:
        return [style.paint(lines[0], "quiet"), *lines[1:]]
    return [line for row in rows for line in _stacked(row, names, style)]


def _stacked(row: Row, names: Sequence[str], style: Style) -> Iterator[str]:
    yield from indented(row.label, style.width, "   ")
    widest = max(width_of(short(name)) for name in names)
    for name in names:
        yield f"      {pad(short(name), widest)}  {_share(row, name)}"


def _share(row: Row, name: str) -> str:
    return f"{row.failed.get(name, 0)} of {row.run}" if row.run else "-"


def _unknown(unknown: Unknown, style: Style) -> list[str]:
    mark = style.mark(Verdict.UNKNOWN)
    first, *rest = indented(unknown.what, style.width, f"{mark} unknown   ", "     ")
    lines = [style.marked(Verdict.UNKNOWN, "unknown") + first[len(mark) + 8 :], *rest]
    for why in unknown.why:
        lines += indented(clean(why), style.width, "     ")
    for do in unknown.do:
        lines += advice(do, style)
    return lines


def _tried(tried: Sequence[Tried], style: Style) -> list[str]:
    widest = max((width_of(one.order) for one in tried), default=0)
    lines = [
        f"   {style.marked(one.verdict, pad(one.order, widest))}  {', '.join(map(short, one.names))}".rstrip()
        for one in tried
    ]
    return ["Every order", *lines] if lines else []


def _notes(notes: Sequence[str], style: Style) -> list[str]:
    return [line for note in notes for line in indented(note, style.width, "! ")]


def _why_not_here(result: Result, style: Style) -> list[str]:
    """Why the same app looks healthy on the person's own computer."""
    if result.verdict is not Verdict.PROBLEM or not result.workers:
        return []
    reasons = [f"{_local_server(result)} is one process"]
    names = {example.finding.name for example in result.examples}
    if names & {Anomaly.LEAK, Anomaly.CROSS_USER_INFLUENCE}:
        reasons.append("you are one user")
    if Anomaly.STALE_VALUE in names:
        reasons.append("it starts anew whenever you save a file")
    text = f"Why it works on your computer: {', and '.join(reasons)}.{_measured(result.rows)}"
    perfect = result.orders.run - result.orders.failed
    if perfect > 0 and result.orders.failed > 0:
        text += (
            f" {perfect:,} of the {result.orders.run:,} orders look perfect even with"
            f" {plural(result.workers, 'worker')}, so it also seems to come and go."
        )
    return indented(text, style.width, "")


def _measured(rows: Sequence[Row]) -> str:
    """What really showed with the development server, where it was asked."""
    asked = next((row for row in rows if row.server), None)
    if asked is None:
        return ""
    shown = [f"{short(name)} in {count}" for name, count in asked.failed.items() if count]
    return f" Asked in {plural(asked.run, 'order')}, it showed {listing(shown) if shown else 'no problem in any'}."


def _local_server(result: Result) -> str:
    if measured := next((row.server for row in result.rows if row.server), ""):
        return f"`{measured}`"
    framework = result.title.partition(" ")[0].lower()
    servers = {"flask": "`flask run`", "django": "`manage.py runserver`", "fastapi": "`fastapi dev`"}
    return servers.get(framework, "a development server")


def _next(result: Result, style: Style) -> list[str]:
    if not result.examples:
        return []
    first = result.examples[0]
    offers = [(f"workersim explain {code}", "what to change, with an example") for code in codes_of(result)[:1]]
    is_replay = result.command.startswith(_REPLAY)
    if first.order:
        again = result.command if is_replay else f"{_REPLAY}{first.order}"
        offers.append((f"{again} --step", "watch it, one request at a time"))
    if result.command and not is_replay:
        offers.append((f"{result.command} --html", "a page to send to someone"))
    return ["Next", *_offers(offers, style), *_pin(result, first, style)]


def _offers(offers: Sequence[tuple[str, str]], style: Style) -> Iterator[str]:
    """Commands with what they are for: beside them where there is room, above them where there is not."""
    widest = max((width_of(command) for command, _ in offers if width_of(command) <= 44), default=0)
    for command, purpose in offers:
        line = f"   {pad(command, widest)}   {purpose}"
        if width_of(line) <= style.width and width_of(command) <= widest:
            yield f"   {style.paint(command, 'command')}{line[3 + width_of(command) :]}"
        else:
            yield from indented(f"{purpose}:", style.width, "   ")
            yield from (style.paint(part, "command") for part in shell(command, style.width, "      "))


def _pin(result: Result, example: Example, style: Style) -> list[str]:
    """A test to paste: the same story in the same order. Not for a scenario: nobody keeps our broken app fixed."""
    lines = [line for line in result.story.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines or " " in result.app or max(map(len, lines)) > MOST_PASTED:
        return []
    story = [f"        {line.strip()}" for line in lines]
    quotes, app = '"""', json.dumps(clean(result.app), ensure_ascii=False)
    test = [
        "from simulator import Story",
        f"def test_{example.finding.name.replace('-', '_')}(multiworker):",
        f"    story = Story({quotes}",
        *story,
        f"    {quotes})",
        f'    multiworker({app}, workers={result.workers}).check(story, order="{example.order}")',
    ]
    return ["   a test for pytest, to keep it fixed:", *(style.paint(f"      {line}", "command") for line in test)]


def _summary(result: Result, style: Style) -> list[str]:
    found = "no problem found" if result.verdict is Verdict.OK else summary(result)
    runs = f"{plural(result.runs, 'run')} in {result.took_s:.1f}\u00a0s." if result.runs else ""
    saved = f"Saved {result.record}" if result.record else ""
    text = " ".join(part for part in (f"{found}.", runs, saved) if part)
    verdict = f"{style.mark(result.verdict)} {result.verdict}"
    first, *rest = indented(text, style.width, f"{verdict}   ", "  ")
    return [style.paint(verdict, str(result.verdict)) + first[width_of(verdict) :], *rest]
