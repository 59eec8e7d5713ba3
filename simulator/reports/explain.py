"""`explain`: one page for each finding and each error, in plain words, offline.

The pages are Markdown files in `explanations/`, named by code. Their first line is "# name: headline"; below it
are sections "## What happens", "## What to do", "## Before" ...: paragraphs, "- " items and indented code.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from simulator.checkers.finding import CODES
from simulator.errors import UsageError
from simulator.reports.layout import indented, pad, shell, side_by_side, width_of, wrap
from simulator.reports.style import Style

_LABELS = 16
_LEAST_BODY = 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`sections` are the lines below each heading, in order. `aliases` are further names of the same page."""

    code: str
    name: str
    headline: str
    sections: Mapping[str, tuple[str, ...]]
    aliases: tuple[str, ...] = ()


def pages() -> tuple[Page, ...]:
    """All pages, in the order of their codes: findings first."""
    folder = files("simulator.reports") / "explanations"
    texts = {entry.name.removesuffix(".md"): entry for entry in folder.iterdir() if entry.name.endswith(".md")}
    order = sorted(texts, key=lambda code: (code[0] != "W", code))
    return tuple(_parsed(code, texts[code].read_text(encoding="utf-8")) for code in order)


def find(topic: str) -> Page:
    """The page of a code, a slug or a name in words, in any case. Raises UsageError with what is meant perhaps."""
    known = {_normal(name): page for page in pages() for name in (page.code, page.name, *page.aliases)}
    wanted = _normal(topic)
    if wanted in known:
        return known[wanted]
    near = difflib.get_close_matches(wanted, known, n=1, cutoff=0.6)
    guess = f" Did you mean {known[near[0]].name} ({known[near[0]].code})?" if near else ""
    raise UsageError(f'there is no explanation of "{topic}".{guess}', do=["All of them: workersim explain"])


def explain(topic: str, style: Style) -> str:
    """One page as text, ending with a line feed. Raises UsageError where there is none."""
    page = find(topic)
    first, *rest = indented(f"{page.code} {page.name}: {page.headline}", style.width, "", "   ")
    lines = [style.paint(line, "title") for line in (first, *rest)]
    for heading, body in _paired(page.sections):
        lines += ["", *_section(heading, body, page, style)]
    return "\n".join(lines) + "\n"


def index(style: Style) -> str:
    """All pages by name, for `explain` without a topic."""
    all_pages = pages()
    widest = max(width_of(page.name) for page in all_pages)
    is_narrow = style.width < widest + 36
    lines: list[str] = []
    for page in all_pages:
        label = f"{page.code}  {page.name}"
        if is_narrow:
            lines += [label, *indented(page.headline, style.width, "      ")]
        else:
            lines += indented(page.headline, style.width, pad(label, widest + 8))
    return "\n".join([*lines, "", *indented("Read one: workersim explain CODE, or its name", style.width, "")]) + "\n"


def commands(page: Page) -> tuple[str, ...]:
    """Every command line of workersim that a page tells people to type."""
    indents = [line.strip() for body in page.sections.values() for line in body if line.startswith("    ")]
    quoted = [found for body in page.sections.values() for line in body for found in re.findall(r"`([^`]+)`", line)]
    return tuple(line for line in (*indents, *quoted) if line.startswith("workersim "))


def _parsed(code: str, text: str) -> Page:
    title, *lines = text.splitlines()
    name, _, headline = title.removeprefix("# ").partition(": ")
    sections: dict[str, list[str]] = {}
    body: list[str] = []
    for line in lines:
        if line.startswith("## "):
            body = sections.setdefault(line.removeprefix("## "), [])
        else:
            body.append(line)
    slugs = tuple(str(anomaly) for anomaly, known in CODES.items() if known == code)
    tidy = {heading: tuple(_trimmed(body)) for heading, body in sections.items()}
    return Page(code=code, name=name, headline=headline, sections=tidy, aliases=slugs)


def _trimmed(lines: Sequence[str]) -> list[str]:
    return "\n".join(lines).strip("\n").split("\n")


def _normal(topic: str) -> str:
    return re.sub(r"[\W_]+", "-", topic.strip().lower()).strip("-")


def _paired(sections: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The sections; "After" comes with "Before"."""
    yield from ((heading, body) for heading, body in sections.items() if heading != "After")


def _section(heading: str, body: Sequence[str], page: Page, style: Style) -> list[str]:
    if heading == "Before":
        return _before_and_after(body, page.sections["After"], style)
    if style.width < _LABELS + _LEAST_BODY:
        return [style.paint(heading, "title"), *(f"   {line}".rstrip() for line in _body(body, style.width - 3, style))]
    label = [style.paint(pad(heading, _LABELS), "title")]
    lines = _body(body, style.width - _LABELS, style)
    return [(label[0] if number == 0 else " " * _LABELS) + line for number, line in enumerate(lines)]


def _body(lines: Sequence[str], width: int, style: Style) -> list[str]:
    """Paragraphs wrapped, items hanging, code as it is, commands so that they can be pasted."""
    out: list[str] = []
    for line in lines:
        if line.startswith("    workersim "):
            out += [style.paint(part, "command") for part in shell(line.strip(), width, "")]
        elif line.startswith("    "):
            out.append(line[4:])
        elif line.startswith("- "):
            out += indented(line[2:], width, "- ")
        else:
            out += wrap(line, width)
    return out


def _before_and_after(before: Sequence[str], after: Sequence[str], style: Style) -> list[str]:
    plain = style.plain()
    left = ["Before", *(f"   {line}".rstrip() for line in _body(before, 37, plain))]
    right = ["After", *(f"   {line}".rstrip() for line in _body(after, 37, plain))]
    both = side_by_side([pad(line, 37) for line in left], right)
    lines = both if max(map(width_of, both)) <= style.width else [*left, "", *right]
    # A heading stands alone on its line, or beside the other one on the first.
    return [style.paint(line, "title") if line.split() in _HEADS else line for line in lines]


_HEADS = (["Before", "After"], ["Before"], ["After"])
