"""Lines of templates: what Jinja compiled is told with the template's own line, what Django walks through by its nodes.

Rule: a line of a template reads a variable only where it mentions the name. Runs inside the application's process.
"""

from __future__ import annotations

import linecache
import os
import re
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias

Line: TypeAlias = tuple[str, int, frozenset[str]]
"""File, line, and the words on it."""

_JINJA: Final = "__jinja_template__"
_NODE: Final = "Node.render_annotated"
_NODES: Final = os.path.join("django", "template", "base.py")
_WORD: Final = re.compile(r"\w+")


def line_of(frame: FrameType, line: int) -> Line | None:
    """The template's line of which `line` of `frame` was made; None for what is no template."""
    template: Any = frame.f_globals.get(_JINJA)
    if template is None:
        return None
    return _line(frame.f_code.co_filename, template.get_corresponding_lineno(line))


def is_node(code: CodeType) -> bool:
    """Is this what a node of a Django template is rendered by?"""
    return code.co_qualname == _NODE and code.co_filename.endswith(_NODES)


def line_of_node(frame: FrameType) -> Line | None:
    """The line of the node that `frame`, whose code `is_node`, is about to render; None where it has none."""
    node = frame.f_locals["self"]
    origin, token = getattr(node, "origin", None), getattr(node, "token", None)
    return None if origin is None or token is None or not token.lineno else _line(str(origin), token.lineno)


def _line(file: str, line: int) -> Line:
    file = os.path.abspath(file)
    return file, line, frozenset(_WORD.findall(linecache.getline(file, line)))
