"""`workersim explain`: what a finding or an error means, and what to change. Offline."""

from __future__ import annotations

from typing import Annotated

import typer

from simulator.commands import options
from simulator.commands.console import Console
from simulator.errors import ExitStatus

Topic = Annotated[str | None, typer.Argument(metavar="TOPIC", help="A code (W002, E101) or a name (lost-write).")]


def explain(ctx: typer.Context, topic: Topic = None, json: options.Json = False) -> int:
    """Explain a finding or an error: what happens, what to do, before and after."""
    from simulator.reports import explain as texts

    console = Console.of(ctx.params)
    if not console.is_json:
        console.show(texts.explain(topic, console.style) if topic else texts.index(console.style))
        return ExitStatus.OK
    pages = [texts.find(topic)] if topic else list(texts.pages())
    plain = [
        {
            "code": page.code,
            "name": page.name,
            "headline": page.headline,
            "sections": {heading: list(lines) for heading, lines in page.sections.items()},
        }
        for page in pages
    ]
    console.show_json({"schema": 1, "pages": plain})
    return ExitStatus.OK
