"""The events of `sys.monitoring` (Python 3.12 and later) about the application's own code, told to who watches it."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any, Final, Protocol

_NAME: Final = "workersim"
_TOOLS: Final = (4, 3, 5)


class Watcher(Protocol):
    """Who is told (`launcher.lines.Lines`)."""

    def is_own(self, code: CodeType) -> bool:
        """Is this code to be watched?"""

    def at(self, frame: FrameType, line: int) -> None:
        """`line` of `frame` is about to run, or goes on."""

    def left(self, frame: FrameType) -> None:
        """`frame` is about to be left."""

    def node(self, frame: FrameType) -> bool:
        """Is `frame` about to render a node of a Django template?"""


def monitor(lines: Watcher) -> bool:
    """Have `lines` told by `sys.monitoring`; False where others use all of it."""
    monitoring: Any = getattr(sys, "monitoring")  # noqa: B009 - from 3.12 on
    tool = next((one for one in _TOOLS if monitoring.get_tool(one) is None), None)
    if tool is None:
        return False
    events = monitoring.events

    def began(code: CodeType, _: int) -> Any:
        if not lines.is_own(code):
            return lines.node(sys._getframe(1)) or monitoring.DISABLE
        monitoring.set_local_events(tool, code, events.LINE | events.PY_RETURN | events.PY_YIELD)
        return None

    def ran(_: CodeType, line: int) -> None:
        lines.at(sys._getframe(1), line)

    def went_on(code: CodeType, offset: int) -> Any:
        if began(code, offset) is monitoring.DISABLE:
            return monitoring.DISABLE
        lines.at(sys._getframe(1), sys._getframe(1).f_lineno)
        return None

    def left(code: CodeType, _: int, __: Any) -> None:
        if lines.is_own(code):
            lines.left(sys._getframe(1))

    monitoring.use_tool_id(tool, _NAME)
    for event, callback in (
        (events.PY_START, began),
        (events.LINE, ran),
        (events.PY_RESUME, went_on),
        (events.PY_RETURN, left),
        (events.PY_YIELD, left),
        (events.PY_UNWIND, left),
    ):
        monitoring.register_callback(tool, event, callback)
    monitoring.set_events(tool, events.PY_START | events.PY_RESUME | events.PY_UNWIND)
    return True
