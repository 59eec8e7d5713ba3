"""The options that commands share, one name each. Their values are parsed by `settings`, whatever their source."""

from __future__ import annotations

from typing import Annotated

import typer

Target = Annotated[
    str | None,
    typer.Argument(metavar="TARGET", help="A scenario, or an app: file.py, file.py:app, a module, a Django folder."),
]
Write = Annotated[
    str | None,
    typer.Option("--write", metavar="PATH", help="How a user stores something: /add/VALUE, or 'POST /add item=VALUE'."),
]
Read = Annotated[str | None, typer.Option("--read", metavar="PATH", help="Where a user sees what was stored: /view.")]
Shared = Annotated[
    bool | None, typer.Option("--shared/--private", help="Everyone may see everyone's data (or not: the default).")
]
Users = Annotated[str | None, typer.Option("--users", metavar="N", help="How many users write and read (default 2).")]
StoryFile = Annotated[
    str | None, typer.Option("--story", metavar="FILE", help="A story: a text file, or a .py file that defines STORY.")
]
Workers = Annotated[str | None, typer.Option("--workers", "-w", metavar="N", help="How many workers (default 2).")]
Load = Annotated[
    str | None,
    typer.Option("--load", metavar="MODE", help="once: load, then fork. per-worker: fork, then load. Default both."),
]
Orders = Annotated[
    str | None, typer.Option("--orders", metavar="N", help="How many orders to try, or all (default 100).")
]
Order = Annotated[str | None, typer.Option("--order", metavar="TOKEN", help="This one order only: 2:abba.")]
Seed = Annotated[
    str | None, typer.Option("--seed", metavar="N", help="Which orders are drawn where not all are tried.")
]
Routing = Annotated[
    str | None, typer.Option("--routing", metavar="RULE", help="round-robin (default), sticky or random.")
]
Timeout = Annotated[
    str | None, typer.Option("--timeout", metavar="SECONDS", help="Longest wait for an answer (default 5).")
]
LoadTimeout = Annotated[
    str | None, typer.Option("--load-timeout", metavar="SECONDS", help="Longest wait for the app to load (default 10).")
]
Store = Annotated[
    list[str] | None,
    typer.Option("--store", metavar="SPEC", help="Data outside the workers, put back before each order: items.db."),
]
Env = Annotated[list[str] | None, typer.Option("--env", metavar="NAME=VALUE", help="A variable of the app.")]
Folder = Annotated[str | None, typer.Option("--cwd", metavar="DIR", help="The folder from which the app is started.")]
Http = Annotated[bool | None, typer.Option("--http/--direct", help="Through a real HTTP server, or not (default).")]
Port = Annotated[str | None, typer.Option("--port", metavar="N", help="With --http: its port (default: a free one).")]
Jobs = Annotated[
    str | None,
    typer.Option(
        "--jobs", metavar="N", help="Processes for many orders that are played for real (default: all cores)."
    ),
]
VariantName = Annotated[
    str | None, typer.Option("--variant", metavar="NAME", help="Scenarios: broken (default), fixed, wrong-...")
]
Framework = Annotated[
    str | None, typer.Option("--framework", metavar="NAME", help="Scenarios: flask (default), django, fastapi.")
]

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout, and nothing else.")]
JUnit = Annotated[str | None, typer.Option("--junit", metavar="FILE", help="JUnit XML.")]
Sarif = Annotated[str | None, typer.Option("--sarif", metavar="FILE", help="SARIF.")]
Html = Annotated[
    str | None, typer.Option("--html", metavar="[FILE]", help="One page (default .workersim/latest.html).")
]
Trace = Annotated[str | None, typer.Option("--trace", metavar="FILE", help="A timeline for Perfetto.")]
Har = Annotated[str | None, typer.Option("--har", metavar="FILE", help="The requests, for browser tools.")]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="The verdict only.")]
Verbose = Annotated[
    int,
    typer.Option("--verbose", "-v", count=True, show_default=False, help="Every order; -vv: what workers logged."),
]
ShowConfig = Annotated[bool, typer.Option("--show-config", help="Each setting and where it came from.")]
