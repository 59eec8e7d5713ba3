"""Where a command prints: results to stdout, everything else to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from simulator.reports.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """`verbosity`: -1 quiet, 0, 1 or 2. `is_json`: stdout is for one JSON object and nothing else."""

    out: TextIO
    err: TextIO
    verbosity: int = 0
    is_json: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Console:
        """The process's own streams, with the options `quiet`, `verbose` and `json` where a command has them."""
        verbosity = -1 if options.get("quiet") else min(options.get("verbose") or 0, 2)
        return cls(out=sys.stdout, err=sys.stderr, verbosity=verbosity, is_json=bool(options.get("json")))

    @property
    def style(self) -> Style:
        """How text on stdout looks."""
        return style_of(self.out)

    @property
    def err_style(self) -> Style:
        return style_of(self.err)

    def show(self, text: str) -> None:
        """A result, ending with a line feed; nothing where stdout belongs to JSON."""
        if not self.is_json and text:
            self.out.write(text if text.endswith("\n") else text + "\n")

    def show_json(self, value: object) -> None:
        """The one object of `--json`."""
        from simulator.reports.json import text

        self.out.write(text(value))

    def note(self, text: str) -> None:
        """A remark beside the result, on stderr; not with -q."""
        if self.verbosity >= 0:
            self.err.write(text.rstrip("\n") + "\n")

    def warn(self, text: str) -> None:
        """Something that a person should know, whatever the verbosity."""
        from simulator.reports.layout import indented

        self.err.write("\n".join(indented(text, self.err_style.width, "warning: ", "   ")) + "\n")


def style_of(stream: TextIO) -> Style:
    """The one place that looks at a stream to decide about colour, signs and width."""
    is_tty = stream.isatty()
    columns = shutil.get_terminal_size().columns if is_tty else None
    return Style.decide(stream_is_tty=is_tty, env=os.environ, columns=columns, encoding=stream.encoding or "ascii")
