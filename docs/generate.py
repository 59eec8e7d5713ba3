"""Bring the documentation up to date: `python docs/generate.py` writes the reference and the outputs on the pages.

The reference comes from the program itself: the help of its commands, its settings, its errors, the pages of
`explain`, and the docstrings of the public names.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import io
import os
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from typer.main import get_command

import simulator
from simulator.commands import main
from simulator.commands.config import PREFIX
from simulator.commands.front import build
from simulator.commands.settings import Settings, shown
from simulator.commands.table import COMMANDS
from simulator.errors import ExitStatus, WorkersimError
from simulator.reports.explain import Page, pages

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
HOW = "<!-- written by docs/generate.py: change what it is made from, then run that -->"
MEANINGS: Mapping[ExitStatus, str] = {
    ExitStatus.OK: "No problem was found, and something was really checked.",
    ExitStatus.PROBLEM: "A problem was found, whatever else there was.",
    ExitStatus.USAGE: "Wrong use: an option, a setting, a story, the name of a scenario.",
    ExitStatus.APP: "The application could not be loaded, or died while it was.",
    ExitStatus.UNKNOWN: "Nothing can be said: nothing was readable, a request hung, a worker died.",
    ExitStatus.INTERNAL: "A mistake in workersim itself. Your application is not to blame.",
    ExitStatus.INTERRUPTED: "Interrupted (Ctrl-C). What was found so far was printed.",
}
PUBLIC: tuple[tuple[str, str, Mapping[str, tuple[str, ...]]], ...] = (
    (
        "Stories",
        "simulator",
        {
            "Story": ("Story", "from_paths", "shared"),
            **{name: (name,) for name in ("items", "ordered", "register", "counter", "document")},
            "Key": ("Key",),
        },
    ),
    (
        "What a user can do",
        "simulator.users.client",
        {"User": ("token", "get", "post", "put", "patch", "delete", "request", "stream", "hidden", "csrf")},
    ),
    ("What can be said about a request", "simulator.users.declared", {"Declarations": ()}),
    (
        "What the world and the operator can do",
        "simulator.users.world",
        {"World": ("token", "write", "sql", "wait"), "Operator": ("reload", "recycle", "kill")},
    ),
    (
        "In tests",
        "simulator.testing",
        {
            "Multiworker": ("__call__",),
            "Subject": ("check", "run"),
            "Report": ("ok", "no_lost_writes", "no_leaks", "never_stale", "same_on_every_worker", "survives_reload"),
        },
    ),
    (
        "Lessons",
        "simulator.story.scenario",
        {name: (name,) for name in ("Scenario", "Variant", "Where")},
    ),
    ("Recorded histories", "simulator.checkers.file", {"check_lines": ("check_lines",), "Checked": ()}),
)
"""Title, module, and for each name what is shown of it: its own signature, methods."""


def reference() -> dict[Path, str]:
    """The text of each generated page."""
    made = {
        "commands.md": _commands(),
        "settings.md": _settings(),
        "findings.md": _findings(),
        "errors.md": _errors(),
        "python.md": _python(),
    }
    return {DOCS / "reference" / name: text for name, text in made.items()}


def written_pages() -> list[Path]:
    """README.md and every page that a person wrote."""
    return [ROOT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "reference")]


def examples() -> ModuleType:
    """`docs/examples.py`, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("docs_examples", DOCS / "examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _commands() -> str:
    parts = [HOW, "# Commands", "Each `--help`, as it is printed.", _console("workersim --help")]
    for name, (_, summary) in COMMANDS.items():
        parts += [f"## {name}", f"{summary}.", _console(f"workersim {name} --help")]
    parts += ["## Exit codes", "Of every command.", _table(("code", "means"), _exit_codes())]
    return _page(parts)


def _exit_codes() -> Iterator[tuple[str, ...]]:
    yield from ((f"`{int(status)}`", MEANINGS[status]) for status in ExitStatus)


def _console(line: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), _terminal():
        main(line.split()[1:])
    text = "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
    return f"```text\n{text}```"


@contextlib.contextmanager
def _terminal() -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update({"COLUMNS": "80", "NO_COLOR": "1"})
    os.environ.pop("FORCE_COLOR", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _settings() -> str:
    text = [
        HOW,
        "# Settings",
        "What can be said once, in a file, instead of on each command line. The nearest `pyproject.toml` is read, from "
        "the current folder upwards.",
        '```toml\n[tool.workersim]\napp = "flask_app:app"\nworkers = 3\nwrite = "/add/VALUE"\nread = "/view"\n'
        "timeout = 8\n```",
        f"A variable of the environment (`{PREFIX}WORKERS=3`) goes before the file, and an option before both. "
        "`workersim run --show-config` tells where each value came from. A name that is not known is an error, with "
        "the name that was perhaps meant.",
        _table(("setting", "default", "means"), _rows()),
    ]
    return _page(text)


def _rows() -> Iterator[tuple[str, ...]]:
    program: Any = get_command(build())
    helps = {option.name: option.help for option in program.commands["run"].params}
    for name in Settings.names():
        default = "" if name == "env" else shown(getattr(Settings(), name))
        said = helps["target" if name == "app" else name].replace("|", "\\|")
        yield (f"`{name.replace('_', '-')}`", "none" if default in ("", "-") else f"`{default}`", said)


def _findings() -> str:
    text = [
        HOW,
        "# Findings",
        "What can be found. `workersim explain NAME` prints the same, offline.",
        _table(("code", "name", "in short"), _contents("W")),
    ]
    return _page([*text, *(_explained(page) for page in pages() if page.code.startswith("W"))])


def _errors() -> str:
    text = [
        HOW,
        "# Errors",
        "What can go wrong before anything can be found, and with which exit code a command then ends.",
        _table(("code", "name", "in short", "exit"), _contents("E")),
    ]
    return _page([*text, *(_explained(page) for page in pages() if page.code.startswith("E"))])


def _contents(letter: str) -> Iterator[tuple[str, ...]]:
    kinds: tuple[type[WorkersimError], ...] = (WorkersimError, *_below(WorkersimError))
    exits = {kind.code: int(kind.exit_status) for kind in kinds}
    for page in pages():
        if page.code.startswith(letter):
            link = f"[{page.name}](#{page.code.lower()}-{page.name.replace(' ', '-').lower()})"
            row = (page.code, link, page.headline)
            yield (*row, f"`{exits[page.code]}`") if letter == "E" else row


def _below(kind: type[WorkersimError]) -> Iterator[type[WorkersimError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _explained(page: Page) -> str:
    parts = [f"## {page.code} {page.name}", f"{page.headline[0].upper()}{page.headline[1:]}."]
    for heading, body in page.sections.items():
        parts += [f"**{heading}**", _markdown(body)]
    return "\n\n".join(parts)


def _markdown(body: tuple[str, ...]) -> str:
    """Paragraphs, items and indented code, with the blank lines that Markdown wants between them."""
    lines: list[str] = []
    kind = ""
    for line in body:
        now = (
            "code"
            if line.startswith("    ") or (not line and kind == "code")
            else line[:2]
            if line[:2] == "- "
            else "text"
        )
        if now != kind:
            lines += ["```"] * (kind == "code") + [""] + ["```text"] * (now == "code")
        kind = now
        lines.append(line.removeprefix("    ") if now == "code" else line.replace("<", "&lt;"))
    return "\n".join([*lines, *["```"] * (kind == "code")]).strip()


def _python() -> str:
    parts = [HOW, "# Python", "The names that are meant for your own files."]
    for title, module, names in PUBLIC:
        home = importlib.import_module(module)
        parts.append(f"## {title}")
        for name, shown_of_it in names.items():
            parts += [f"### {module}.{name}", *_thing(getattr(home, name), shown_of_it)]
    return _page(parts)


def _thing(thing: Any, names: tuple[str, ...]) -> Iterator[str]:
    if thing.__name__ in names:
        yield _signature(thing.__name__, thing)
    yield _doc(thing)
    for name in names:
        if name != thing.__name__:
            method = inspect.unwrap(getattr(thing, name))
            called = "multiworker" if name == "__call__" else name
            yield _signature(called, method)
            yield _doc(method)


def _signature(name: str, thing: Callable[..., Any]) -> str:
    signature = inspect.signature(thing)
    said = [_parameter(one) for one in signature.parameters.values() if one.name not in ("self", "cls")]
    kinds = [one.kind for one in signature.parameters.values() if one.name not in ("self", "cls")]
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        said.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "*")
    back = "" if inspect.isclass(thing) else f" -> {signature.return_annotation}"
    line = f"{name}({', '.join(said)}){back}"
    if len(line) > 100:
        line = f"{name}(\n" + "".join(f"    {part},\n" for part in said) + f"){back}"
    return f"```python\n{line}\n```"


def _parameter(one: inspect.Parameter) -> str:
    stars = "*" * ((one.kind is one.VAR_POSITIONAL) + 2 * (one.kind is one.VAR_KEYWORD))
    text = f"{stars}{one.name}: {one.annotation}"
    if one.default is inspect.Parameter.empty:
        return text
    plain = str(one.default) if isinstance(one.default, str) else one.default
    return f"{text} = {'...' if 'factory' in repr(plain) else repr(plain)}"


def _doc(thing: object) -> str:
    return (inspect.getdoc(thing) or "").replace("<", "&lt;")


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"


def write() -> int:
    """Write everything that has changed. Returns the number of files."""
    changed = 0
    for path in written_pages():
        with tempfile.TemporaryDirectory() as folder:
            changed += _put(path, examples().refreshed(path.read_text(encoding="utf-8"), Path(folder)))
    for path, text in reference().items():
        changed += _put(path, text)
    return changed


def _put(path: Path, text: str) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return True


if __name__ == "__main__":
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == simulator.__version__
    write()
