"""A story and an order as the text of a pytest file that works as it stands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.runner.plan import Plan
    from simulator.story.story import Story

NAME = "STORY"


def regression_test(plan: Plan, order: str, *, story_file: str | None = None) -> str:
    """The test that pins `order` for the application of `plan`. `story_file` is where a story in Python is.

    Raises UsageError where a test of the person's own cannot name the application (a lesson's).
    """
    if plan.title:
        raise UsageError(
            f"{plan.title} is a lesson of workersim, and tests are for apps of your own",
            do=["workersim run YOUR_APP ..., then: workersim replay --as-pytest"],
        )
    call = f"multiworker({', '.join(_arguments(plan))}).check({NAME}, order={_quoted(order)})"
    return _file(f"{plan.target} in the order {order}", plan.story, story_file, _name(order), call)


def every_order_test(story: Story, target: str | None, *, about: str) -> str:
    """The test of every order; `target` None: the one of the settings."""
    call = f"multiworker({_quoted(target) if target else ''}).check({NAME})"
    return _file(about, story, None, "test_every_order", call)


def _file(about: str, story: Story, story_file: str | None, name: str, call: str) -> str:
    lines = [f'"""{_plain(about)}: nobody loses data, and nobody sees the data of others."""', ""]
    if story_file is not None:
        lines += ["from runpy import run_path", "", f'{NAME} = run_path({_quoted(story_file)})["{NAME}"]']
    else:
        lines += ["from simulator import Story", "", *_story(story)]
    return "\n".join([*lines, "", "", f"def {name}(multiworker):", f"    {call}", ""])


def _story(story: Story) -> Iterator[str]:
    shared = ".shared()" if is_shared(story) else ""
    if '"""' in story.text or "\\" in story.text:
        yield f"{NAME} = Story("
        yield from (f"    {line + chr(10)!r}" for line in story.text.strip("\n").split("\n"))
        yield f"){shared}"
        return
    yield f'{NAME} = Story("""'
    yield from (f"    {line}".rstrip() for line in story.text.strip("\n").split("\n"))
    yield f'"""){shared}'


def is_shared(story: Story) -> bool:
    """Is it a text story of which everyone may see everything, other than its text says?"""
    from simulator.story.story import Story

    return story.is_text and story.keys != Story(story.text).keys


def _arguments(plan: Plan) -> Iterator[str]:
    """What a test has to say; workers, load and routing are in the order."""
    from simulator.runner.plan import Plan as Default

    yield _quoted(plan.target)
    if plan.stores:
        yield f"stores=[{', '.join(map(_quoted, plan.stores))}]"
    if plan.env:
        yield f"env={{{', '.join(f'{_quoted(name)}: {_quoted(value)}' for name, value in plan.env.items())}}}"
    for name in ("timeout_s", "load_timeout_s"):
        value: Any = getattr(plan, name)
        if value != Default.__dataclass_fields__[name].default:
            yield f"{name}={value:g}"
    if plan.cwd.resolve() != Path.cwd():
        yield f"cwd={_quoted(os.path.relpath(plan.cwd))}"


def _name(order: str) -> str:
    return "test_order_" + re.sub(r"\W+", "_", order).strip("_")


def _quoted(text: str) -> str:
    """A Python string in double quotes where that is plain."""
    return f'"{text}"' if text.isprintable() and not {'"', "\\"} & set(text) else repr(text)


def _plain(text: str) -> str:
    return text.replace("\\", "/").replace('"', "'")
