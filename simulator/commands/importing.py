"""`workersim import`: a visit that was recorded, as a story or as a test."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.commands.as_test import every_order_test, is_shared
from simulator.commands.console import Console
from simulator.errors import ExitStatus, RecordError

if TYPE_CHECKING:
    from simulator.story.visit import Visit

File = Annotated[
    str, typer.Argument(metavar="FILE", help="A HAR file with content, or a record (.workersim/latest.jsonl).")
]
App = Annotated[str | None, typer.Option("--app", metavar="TARGET", help="The app that the test is about.")]
AsPytest = Annotated[bool, typer.Option("--as-pytest", help="Print a pytest file instead of a story.")]


def import_visit(ctx: typer.Context, file: File, app: App = None, as_pytest: AsPytest = False) -> int:
    """Print what was done in a recorded visit as a story, to be kept in a file and changed.

    Values that a request sends and a page shows later become VALUE; pictures, styles, programs and other hosts are
    left out.
    """
    console = Console.of(ctx.params)
    visit = _visit(Path(file))
    share = f"{visit.requests} of {visit.requests + visit.left_out} requests are the app's own"
    if as_pytest:
        console.show(every_order_test(visit.story, app, about=f"The visit {Path(file).name}"))
    else:
        shared = ", for which everyone may see everything (--shared)" if is_shared(visit.story) else ""
        console.show(f"# {Path(file).name}: {share}{shared}.\n{visit.story.text}")
    if not re.search(r"\bshows\b", visit.story.text):
        console.warn("no page shows a value that was sent before it: add VALUE and shows by hand")
    if visit.secrets:
        console.warn(f"the story holds what was typed into {', '.join(visit.secrets)}; it is told by one user only")
    return ExitStatus.OK


def _visit(path: Path) -> Visit:
    """Raises RecordError for a file that cannot be read, StoryError for one that is no visit."""
    from simulator.story.visit import visit_of

    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise RecordError(f"{path} cannot be read: {reason}") from None
    is_record = '"type":"header"' in text.partition("\n")[0].replace(" ", "")
    return _of_record(text) if is_record else visit_of(text)


def _of_record(text: str) -> Visit:
    """The story that was run, as it stands in the record; of a visit through the gateway, what it asked for."""
    from simulator.events import RunStarted
    from simulator.history.record import read
    from simulator.reports.har import har
    from simulator.story.story import Story
    from simulator.story.visit import Visit, visit_of

    record = read(text.splitlines())
    if not record.header.story:
        return visit_of(har(record.events))
    story = Story(record.header.story)
    run = next((event for event in record.events if isinstance(event, RunStarted)), None)
    is_shared = run is not None and run.keys != tuple(key.plain() for key in story.keys)
    return Visit(story=story.shared() if is_shared else story, requests=len(story.lines), left_out=0)
