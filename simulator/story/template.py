"""Templates: text of a story with holes that are filled when the step is taken.

Rule: a hole is written `⟦alice-1⟧` (a token, by its label) or `⟦$id⟧` (a value kept from an answer). A story's
own text may not hold these brackets, so that nothing else is ever taken for a hole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

OPEN, CLOSE = "⟦", "⟧"
HOLE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")
VALUE = re.compile(r"\bVALUE\b")
KEPT_NAME = r"[A-Za-z_]\w*"


def hole(name: str) -> str:
    return f"{OPEN}{name}{CLOSE}"


def holes(template: str) -> tuple[str, ...]:
    """The names of the holes, in order: labels, and kept values with their `$`."""
    return tuple(HOLE.findall(template))


def fill(template: str, look_up: Callable[[str], str]) -> str:
    """Put `look_up(name)` into each hole."""
    text, *parts = template.split(OPEN)  # in many megabytes `re` would look at each character
    filled = [text]
    for part in parts:
        name, close, rest = part.partition(CLOSE)
        filled += [look_up(name), rest] if close else [OPEN, part]
    return "".join(filled)


def shown(template: str) -> str:
    """The template as people read it: `/add/alice-1`, `/notes/$id`."""
    return HOLE.sub(r"\1", template)


def cut_holes(text: str, *, value: str, users: Iterable[str]) -> str:
    """A line's text with holes for VALUE (the label `value`), for labels of `users` and for `$name`.

    `-> $name` declares a name and is left as it is; `$$` is a plain dollar.
    """
    # Each begins with a literal, and looks behind it afterwards: so `re` passes quickly over megabytes without any.
    labels = [rf"{one}(?<![\w-]{one})-[1-9]\d*(?![\w-])" for one in map(re.escape, users)]
    names = [rf"->\s*\${KEPT_NAME}", r"\$\$", rf"\${KEPT_NAME}"]
    pattern = re.compile("|".join([*names, r"VALUE\b(?<!\wVALUE)", *labels]))

    def cut(match: re.Match[str]) -> str:
        found = match[0]
        if found.startswith("->"):
            return found
        return "$" if found == "$$" else hole(value if found == "VALUE" else found)

    return pattern.sub(cut, text)
