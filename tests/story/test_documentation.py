"""What docs/stories.md shows is what the parser reads: every example, every order, every line form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.errors import StoryError
from simulator.story.declare import KEY_WORDS
from simulator.story.line import Request
from simulator.story.order_token import format_order, parse_order
from simulator.story.requests import METHODS
from simulator.story.schedule import Action
from simulator.story.story import Story
from simulator.story.verbs import VERBS

DOCUMENT = (Path(__file__).parents[2] / "docs" / "stories.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)


STORIES = [Story(text) for text in _blocks("story")]


def test_every_story_is_read() -> None:
    assert len(STORIES) == DOCUMENT.count("```story\n") >= 8


def test_the_two_options_are_the_story_shown_for_them() -> None:
    options = re.search(r"--write (\S+) --read (\S+)", DOCUMENT)
    assert options is not None
    shown = [(line.user, line.act, line.effects) for line in STORIES[0].lines]
    assert shown == [
        (line.user, line.act, line.effects) for line in Story.from_paths(write=options[1], read=options[2]).lines
    ]


def test_every_verb_every_word_and_every_action_has_an_example() -> None:
    kinds = {effect.kind for story in STORIES for line in story.lines for effect in line.effects}
    assert kinds == {kind for kind, _ in VERBS.values()}
    text = "\n".join(story.text for story in STORIES)
    for word in (*KEY_WORDS, *VERBS, *Action):
        assert re.search(rf"\b{word}\b", text) or f"`{word}`" in DOCUMENT, word
    acts = {type(line.act).__name__ for story in STORIES for line in story.lines}
    assert acts == {"Request", "WriteFile", "RunSql", "Wait", "Lifecycle"}
    requests = [line.act for story in STORIES for line in story.lines if isinstance(line.act, Request)]
    for part in ("fields", "json", "headers", "auth", "expect", "keeps"):
        assert any(getattr(request, part) for request in requests), part
    assert {request.method for request in requests} <= set(METHODS)


def test_the_mistake_is_the_one_shown() -> None:
    for text, message in zip(_blocks("mistake"), _blocks("text"), strict=True):
        with pytest.raises(StoryError) as caught:
            Story(text)
        error = caught.value
        shown = [error.what, *(f"     {line}" for line in error.why), f"   {error.do[0]}"]
        assert "\n".join(shown) == message.rstrip("\n")


def test_the_python_story_is_one() -> None:
    (text,) = _blocks("python")
    names: dict[str, object] = {}
    exec(compile(text, "stories.md", "exec"), names)
    story = names["STORY"]
    assert isinstance(story, Story)
    assert story.users == ("alice", "bob", "world")


def test_every_order_is_read_and_written_the_same() -> None:
    table = DOCUMENT.split("| order | means |")[1].split("\n## ")[0]
    orders = [order for row in table.splitlines() for order in re.findall(r"`(\d:[^`]+)`", row.split(" | ")[0])]
    letters = {"a": "alice", "b": "bob", "c": "carol", "w": "world"}
    assert len(orders) == 12
    for order in orders:
        assert format_order(parse_order(order, letters), letters) == order
