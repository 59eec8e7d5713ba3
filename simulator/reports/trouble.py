"""An error as a person reads it: what, why, what to do, and its code; six lines where that is possible."""

from __future__ import annotations

from simulator.errors import ExitStatus, WorkersimError
from simulator.reports.layout import clean, indented, printable, shell, width_of
from simulator.reports.style import Style

MOST_LINES = 6
_COMMANDS = ("workersim ", "pip ", "python ", "wsl ")


def error(trouble: WorkersimError, style: Style) -> str:
    """The text for stderr, ending with a line feed. Long `why` lists lose their middle, never their ends."""
    kind = "internal error" if trouble.exit_status is ExitStatus.INTERNAL else "error"
    head = f"{kind} {trouble.code}: "
    what = indented(clean(trouble.what), style.width, head, "   ")
    lines = [style.paint(head.rstrip(), "problem") + what[0][len(head.rstrip()) :], *what[1:]]
    do = [line for step in trouble.do for line in advice(step, style)]
    room = max(MOST_LINES - 1 - len(trouble.do), 1)
    why = [line for place in _shortened(trouble.why, room, style) for line in _why(place, style)]
    return "\n".join([*lines, *why, *do]) + "\n"


def _why(place: str, style: Style) -> list[str]:
    return _whole(place, style, "     ") or indented(clean(place), style.width, _margin(place, "     "), "       ")


def advice(step: str, style: Style) -> list[str]:
    """What to do; a command, alone or at the end, stays one that can be pasted where the line is too long."""
    before, colon, command = step.rpartition(": ")
    if whole := _whole(step, style, "   "):
        return whole
    if step.lstrip().startswith(_COMMANDS):
        return shell(step, style.width, _margin(step, "   "))
    if colon and command.lstrip().startswith(_COMMANDS) and "(" not in command:
        return [*indented(f"{clean(before)}:", style.width, "   "), *shell(command, style.width, "     ")]
    return indented(clean(step), style.width, _margin(step, "   "), "   ")


def _whole(text: str, style: Style, indent: str) -> list[str]:
    """The line as it is, with its own blanks (it may be code), where it fits."""
    line = indent + printable(text).rstrip()
    return [line] if width_of(line) <= style.width else []


def _margin(text: str, indent: str) -> str:
    return indent + " " * (len(text) - len(text.lstrip(" ")))


def _shortened(lines: tuple[str, ...], most: int, style: Style) -> tuple[str, ...]:
    if len(lines) <= most:
        return lines
    if most < 3:
        return lines[-most:]
    left_out = len(lines) - most + 1
    return (*lines[:1], f"{style.ellipsis} {left_out} more lines {style.ellipsis}", *lines[left_out + 1 :])
