"""From routes to a story to start from."""

from __future__ import annotations

import pytest

from simulator.commands import skeleton
from simulator.commands.guess import Guess, guess
from simulator.story.story import Story


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ({"/add/<item>": (), "/view": ()}, Guess(writes=("/add/VALUE",), reads=("/view",))),
        ({"/add/{item}": ("GET",), "/view": ("GET", "HEAD")}, Guess(writes=("/add/VALUE",), reads=("/view",))),
        ({"/items/{name}": ("POST",), "/items": ("GET",)}, Guess(writes=("POST /items/VALUE",), reads=("/items",))),
        ({"/cart": ("GET", "POST")}, Guess(writes=("POST /cart item=VALUE",), reads=("/cart",))),
        ({"/cart": ("DELETE",)}, Guess()),
        ({"/static/<path:filename>": ("GET",), "/openapi.json": ("GET",), "/docs": ("GET",)}, Guess()),
        ({"/a/<x>/b/<y>": ("GET",)}, Guess(others=("/a/<x>/b/<y>",))),
        ({}, Guess()),
    ],
)
def test_guess(routes: dict[str, tuple[str, ...]], expected: Guess) -> None:
    assert guess(routes) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("form", "title", True), ("form", "count", False)], ("POST /add title=VALUE count=1",)),
        ([("json", "stars", False), ("json", "text", True)], ('POST /add {"stars": 1, "text": "VALUE"}',)),
        ([("query", "item", True), ("query", "tag", True)], ("POST /add?item=VALUE&tag=text",)),
        ([("form", "count", False)], ()),
    ],
)
def test_fields_are_those_that_the_view_reads(fields: list[tuple[str, str, bool]], expected: tuple[str, ...]) -> None:
    assert guess({"/add": ("POST",)}, {"/add": fields}).writes == expected
    assert guess({"/add": ()}, {"/add": fields}).reads == ("/add",)


def test_a_guarded_form_is_seen_before_it_is_sent() -> None:
    found = Guess(writes=("POST / text=VALUE",), reads=("/",), is_guarded=True)
    alice = [line for line in skeleton.lines(found) if line.startswith("alice")]
    assert alice == ["alice: GET /", "alice: POST / text=VALUE", "alice: GET /  shows"]


def test_the_page_that_goes_with_a_write_is_the_one_nearest_to_it() -> None:
    assert skeleton.nearest("/cart/add/VALUE", ("/", "/orders", "/cart")) == ["/cart", "/", "/orders"]


@pytest.mark.parametrize(
    "found",
    [
        Guess(writes=("/add/VALUE",), reads=("/view",)),
        Guess(writes=("POST /cart item=VALUE",), reads=("/cart",), others=("/static/<path:filename>",)),
        Guess(reads=("/price", "/time", "/more")),
        Guess(),
    ],
)
def test_what_is_written_is_a_story(found: Guess) -> None:
    story = Story(skeleton.story(found, target="shop.py", file="shop.story"))
    assert story.people == ("alice", "bob")
