"""Text in columns: cleaning, measuring, cutting, wrapping, and shell lines that survive wrapping.

Rule: what an application answered never reaches a terminal as it is; `clean` first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len, chop_cells, set_cell_size

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_BREAKS = re.compile(r"[ \t\n]+")
_WORDS = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+""", re.DOTALL)


def clean(text: str) -> str:
    """One line without control characters, escape sequences and marks that turn the reading direction."""
    return _BLANKS.sub(" ", printable(text)).strip()


def printable(text: str) -> str:
    """`clean`, but blanks stay as many as they are (lines of code, columns that others have set)."""
    text = _CONTROLS.sub(" ", _ESCAPES.sub("", text))
    hidden = {ord(char): None for char in set(text) if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co"}}
    return text.translate(hidden) if hidden else text


def width_of(text: str) -> int:
    """How many columns `text` takes (wide characters take two)."""
    return cell_len(text)


def pad(text: str, width: int) -> str:
    """`text` followed by blanks up to `width` columns; never cut."""
    return text + " " * (width - width_of(text))


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """`text` in at most `width` columns."""
    if width_of(text) <= width:
        return text
    return set_cell_size(text, max(width - width_of(ellipsis), 0)).rstrip() + ellipsis


def wrap(text: str, width: int, first: int | None = None) -> list[str]:
    """`text` at word boundaries in lines of at most `width` columns (the first: `first`).

    Words that are longer are broken; a no-break space holds two words together and comes out as a blank.
    """
    lines: list[str] = []
    line = ""
    for word in _BREAKS.split(text.strip(" \t\n")):
        room = width if lines or first is None else first
        candidate = f"{line} {word}" if line else word
        if width_of(candidate) <= room:
            line = candidate
            continue
        lines += [line] if line else []
        *full, line = chop_cells(word, width) or [""]
        lines += full
    lines += [line] if line or not lines else []
    return [line.replace("\u00a0", " ") for line in lines]


def indented(text: str, width: int, first: str, rest: str | None = None) -> list[str]:
    """`text` wrapped so that the first line begins with `first`, later ones with `rest` (default: as many blanks)."""
    rest = " " * width_of(first) if rest is None else rest
    lines = wrap(text, max(width - width_of(rest), 8), max(width - width_of(first), 8))
    return [((rest if number else first) + line).rstrip() for number, line in enumerate(lines)]


def side_by_side(left: Sequence[str], right: Sequence[str], gap: str = "  ") -> list[str]:
    """Two columns of lines; the left one as wide as its widest line."""
    width = max((width_of(line) for line in left), default=0)
    pairs = zip_longest(left, right, fillvalue="")
    return [f"{pad(one, width)}{gap}{other}".rstrip() for one, other in pairs]


def columns(rows: Sequence[Sequence[str]], align: str, gap: str = "  ") -> list[str]:
    """Rows of cells as lines. `align` has one letter a column: l or r."""
    widths = [max(width_of(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [gap.join(_cells(row, widths, align)).rstrip() for row in rows]


def _cells(row: Sequence[str], widths: Iterable[int], align: str) -> Iterator[str]:
    for cell, width, side in zip(row, widths, align, strict=True):
        yield pad(cell, width) if side == "l" else " " * (width - width_of(cell)) + cell


def shell(command: str, width: int, indent: str) -> list[str]:
    """A command line that can be pasted, continued by backslashes where it is too long.

    Words stay whole, and an option stays with its value.
    """
    lines: list[str] = []
    line = indent
    for part in _parts(_WORDS.findall(command)):
        is_first = not line.strip()
        if not is_first and width_of(line) + 1 + width_of(part) + 2 > width:
            lines.append(f"{line} \\")
            line, is_first = indent + "  ", True
        line += part if is_first else f" {part}"
    return [*lines, line] if line.strip() else lines


def _parts(words: Sequence[str]) -> Iterator[str]:
    held = ""
    for word in words:
        if held and word.startswith("-"):
            yield held
            held = ""
        if word.startswith("-"):
            held = word
            continue
        yield f"{held} {word}" if held else word
        held = ""
    if held:
        yield held
