"""Puts the page together: the template, the style, the program, the data, and the same data as plain tables.

Rule: whatever an application or a story said gets into the page as text. In the tables it is escaped; in the data
the signs that end a script element never occur; the program only ever sets `textContent`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from typing import Any

from simulator.reports.html.data import data_of
from simulator.reports.html.tables import tables
from simulator.result import Result

_MARKER = re.compile(r"<!--=(\w+)-->")


def page(results: Sequence[Result]) -> str:
    """The whole file. With several results, those that know the same order are shown side by side in it."""
    style, program = _file("page.css"), _file("page.js")
    data = data_of(results)
    parts = {
        "title": escape(f"{', '.join(result.app for result in results)}: workersim"),
        "policy": _policy(style, program),
        "style": style,
        "program": program,
        "data": embedded(data),
        "tables": tables(results, data),
    }
    # One pass: what is filled in is not looked at again.
    return _MARKER.sub(lambda marker: parts[marker.group(1)], _file("page.html"))


def embedded(value: Any) -> str:
    """JSON that can stand inside a script element: no `<`, `>` or `&`, nothing beyond ASCII."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(style: str, program: str) -> str:
    """The page may run its own program and style, and load nothing, from nowhere."""
    return f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(program)}'; base-uri 'none'"


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _file(name: str) -> str:
    return (files("simulator.reports.html") / name).read_text(encoding="utf-8")
