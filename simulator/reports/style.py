"""How a text may look on one stream: colour, signs and width are decided here and nowhere else.

Rule: colour never carries a meaning of its own; take every escape sequence out and the same text remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.checkers.finding import Verdict

WIDEST = 80
NARROWEST = 32

_SGR: Mapping[str, str] = {
    "problem": "1;31",
    "ok": "1;32",
    "unknown": "1;33",
    "title": "1",
    "place": "36",
    "quiet": "2",
    "command": "36",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """`is_live`: the stream is a terminal that understands cursor movement (progress lines, questions)."""

    colour: bool = False
    unicode: bool = True
    width: int = WIDEST
    is_live: bool = False

    @classmethod
    def decide(
        cls, *, stream_is_tty: bool, env: Mapping[str, str], columns: int | None = None, encoding: str = "utf-8"
    ) -> Style:
        """Pure: everything it depends on is an argument.

        NO_COLOR wins over FORCE_COLOR (and CLICOLOR_FORCE), which win over the kind of stream. A terminal that
        calls itself dumb gets neither colour nor signs. GITHUB_ACTIONS alone changes nothing: a pipe stays plain.
        `columns` is the terminal's own width; COLUMNS wins over it.
        """
        is_dumb = env.get("TERM") == "dumb"
        is_utf = encoding.lower().replace("-", "").replace("_", "") in {"utf8", "utf16", "utf32", "utf8sig"}
        return cls(
            colour=_wants_colour(env, stream_is_tty=stream_is_tty, is_dumb=is_dumb),
            unicode=is_utf and env.get("TERM") not in {"dumb", "linux"} and not env.get("WORKERSIM_ASCII"),
            width=_width(env.get("COLUMNS"), columns if stream_is_tty else None),
            is_live=stream_is_tty and not is_dumb and not env.get("CI"),
        )

    def paint(self, text: str, role: str) -> str:
        """`text` in the colour of `role` ("problem", "ok", "unknown", "title", "place", "quiet", "command")."""
        return f"\x1b[{_SGR[role]}m{text}\x1b[0m" if self.colour and text else text

    def mark(self, verdict: Verdict) -> str:
        """The sign of a verdict, unpainted."""
        signs = ("✓", "✗", "?") if self.unicode else ("OK", "XX", "??")
        return dict(zip((Verdict.OK, Verdict.PROBLEM, Verdict.UNKNOWN), signs, strict=True))[verdict]

    def marked(self, verdict: Verdict, text: str) -> str:
        """`text` behind its sign, both in the verdict's colour."""
        return self.paint(f"{self.mark(verdict)} {text}", str(verdict))

    @property
    def ellipsis(self) -> str:
        return "…" if self.unicode else "..."

    def plain(self) -> Style:
        """The same without colour, for files and for texts that others print."""
        return replace(self, colour=False)


def _wants_colour(env: Mapping[str, str], *, stream_is_tty: bool, is_dumb: bool) -> bool:
    if env.get("NO_COLOR"):
        return False
    if any(env.get(name, "0") not in {"", "0"} for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return stream_is_tty and not is_dumb


def _width(said: str | None, measured: int | None) -> int:
    columns = int(said) if said and said.isascii() and said.isdigit() and int(said) > 0 else measured or WIDEST
    return max(NARROWEST, min(columns, WIDEST))
