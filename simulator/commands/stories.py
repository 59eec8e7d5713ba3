"""What users do: a story file (the text form, or a Python file that defines STORY), or the two options."""

from __future__ import annotations

import shlex
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.commands.config import Rank, Resolved
from simulator.commands.settings import Settings
from simulator.errors import StoryError
from simulator.story.story import Story

if TYPE_CHECKING:
    from simulator.commands.guess import Guess

NAME = "STORY"


def story_of(resolved: Resolved, cwd: Path) -> Story:
    """What users do: a story file, or the two options; the one from the higher source. Raises StoryError."""
    settings = resolved.settings
    by_file, by_paths = resolved.rank("story"), resolved.rank("write", "read")
    if by_file == by_paths == Rank.DEFAULT:
        raise _story_missing(settings, cwd)
    if by_file == by_paths:
        raise StoryError(
            "a story file and --write or --read: one of the two", do=["Keep one: --story FILE, or --write and --read."]
        )
    if by_paths > by_file:
        return Story.from_paths(write=settings.write, read=settings.read, shared=settings.shared, users=settings.users)
    story = read_story(_seen(resolved.folder("story") / (settings.story or "")))
    return story.shared() if settings.shared else story


def read_story(path: Path) -> Story:
    """The story in a file. Raises StoryError if there is none, or it cannot be understood."""
    return _python_story(path) if path.suffix == ".py" else Story(_text_of(path))


def _seen(path: Path) -> Path:
    """`path` as a person would write it here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise StoryError(f"no story file {path}", do=_near(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StoryError(f"the story file {path} cannot be read", why=[str(error)]) from None


def _near(path: Path) -> list[str]:
    others = sorted(other.name for other in path.parent.glob("*.story"))
    return [f"Story files there: {', '.join(others)}"] if others else ["Have one written: workersim init APP"]


def _python_story(path: Path) -> Story:
    code = _text_of(path)
    names: dict[str, object] = {"__name__": path.stem, "__file__": str(path)}
    with _importing_beside(path):
        try:
            exec(compile(code, str(path), "exec"), names)
        except StoryError:
            raise
        except (Exception, SystemExit) as error:
            raise StoryError(f"the story file {path} raised", why=_own_lines(error, path)) from None
    story = names.get(NAME)
    if not isinstance(story, Story):
        do = ["from simulator import Story", f'{NAME} = Story("alice: GET /view shows")']
        raise StoryError(f"the story file {path} has no {NAME}", do=do)
    return story


@contextmanager
def _importing_beside(path: Path) -> Iterator[None]:
    """Its own folder comes first while it is read, as for a script."""
    sys.path.insert(0, str(path.resolve().parent))
    try:
        yield
    finally:
        sys.path.pop(0)


def _own_lines(error: BaseException, path: Path) -> list[str]:
    """The lines of the person's file, without ours, and what was raised."""
    if isinstance(error, SyntaxError):
        place = f"{path}:{error.lineno}   {(error.text or '').strip()}"
        return [place, f"SyntaxError: {error.msg}"]
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    places = [f"{Path(frame.filename).name}:{frame.lineno}   {frame.line or ''}".rstrip() for frame in frames]
    return [*places, "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]]


def _story_missing(settings: Settings, cwd: Path) -> StoryError:
    """Loads the app, so that an app that cannot be loaded is told first, and its routes can be offered."""
    from simulator.commands.guess import guessed, pages_of
    from simulator.launcher import Launcher

    target = settings.app or ""
    with Launcher(
        target=target, cwd=cwd, env=settings.env, load_timeout_s=settings.load_timeout, asks_routes=True
    ) as launcher:
        info = launcher.load()
    found, routes = guessed(info), pages_of(info)
    return StoryError(
        f"what do the users of {target} do?",
        why=[f"the app knows: {', '.join(routes[:6])}{' ...' if len(routes) > 6 else ''}"] if routes else (),
        do=[*_ways(found, target)],
    )


def _ways(found: Guess, target: str) -> Iterator[str]:
    """How to say what users do. Two options cannot say that a guarded form's page is seen first."""
    from simulator.commands.skeleton import NOTHING_KNOWN, nearest

    write = (found.writes or NOTHING_KNOWN.writes)[0]
    read = (nearest(write, found.reads) or NOTHING_KNOWN.reads)[0]
    if not found.is_guarded:
        yield "Say what stores something (VALUE is what is stored) and what shows it:"
        yield f"  workersim run {shlex.join([target, '--write', write, '--read', read])}"
    yield f"{'H' if found.is_guarded else 'Or h'}ave a story written that you can change:"
    yield f"  workersim init {shlex.quote(target)}"
