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
