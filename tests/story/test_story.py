"""A story knows its users, keys and steps, however it was written."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from simulator.errors import StoryError
from simulator.story.declare import counter, document, items, ordered, register
from simulator.story.keys import Key, KeyKind, Scope
from simulator.story.scenario import Scenario, Variant
from simulator.story.story import Story, letters


def _nothing(user: object) -> None:
    """A program that asks for nothing."""


def test_the_two_options_are_the_story_of_two_users() -> None:
    by_options = Story.from_paths(write="/add/VALUE", read="/view")
    assert (
        by_options.lines
        == Story("alice: GET /add/VALUE\nalice: GET /view shows\nbob: GET /add/VALUE\nbob: GET /view shows").lines
    )
    assert by_options.keys == (Key(name="data"),)
    assert by_options.steps == {"alice": 2, "bob": 2}


def test_the_options_take_whole_requests_and_more_users() -> None:
    story = Story.from_paths(write='POST /add item="my VALUE"', read="GET /view [x: y]", shared=True, users=4)
    assert story.users == ("alice", "bob", "carol", "dan")
    assert story.lines[0].shown == "POST /add item=my alice-1"
    assert story.keys == (Key(name="data", scope=Scope.SHARED),)
    assert Story.from_paths(read="/view").count == 2
    assert Story.from_paths(write="/add/VALUE").keys == ()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "something to write or to read"),
        ({"write": "/add"}, "writes nothing that can be found again"),
        ({"write": "/add/VALUE", "users": 5}, "5 users"),
        ({"read": "view"}, "neither a path nor a request"),
    ],
)
def test_options_that_make_no_story(options: dict[str, object], reason: str) -> None:
    with pytest.raises(StoryError, match=reason):
        Story.from_paths(**options)  # type: ignore[arg-type]


def test_a_story_in_python() -> None:
    cart = items("cart")
    story = Story(users={"alice": _nothing, "operator": _nothing}, keys=[cart], secrets=["pin"])
    assert story.users == ("alice", "operator")
    assert story.people == ("alice",)
    assert story.key("cart") is cart
    assert story.secrets == ("pin",)
    assert (story.count, story.steps, story.is_text) == (None, None, False)
    assert story.programs["alice"] is _nothing


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Story(), "one of the two"),
        (lambda: Story("alice: GET /", users={"bob": _nothing}), "one of the two"),
        (lambda: Story("alice: GET /", keys=[items("cart")]), "keys in the text"),
        (lambda: Story(users={}), "at least one user"),
        (lambda: Story(users={"al ice": _nothing}), "cannot be a name"),
        (lambda: Story(users={"alice": 5}), "not a function"),  # type: ignore[dict-item]
        (lambda: Story(users={"alice": _nothing}, keys=[items("a"), counter("a")]), "same name"),
        (lambda: items("my cart"), "cannot be a name"),
        (lambda: register("p", fresh="soon"), "is not a time"),
    ],
)
def test_stories_that_cannot_be(make: object, reason: str) -> None:
    with pytest.raises(StoryError, match=reason):
        make()  # type: ignore[operator]


def test_key_helpers() -> None:
    assert items("a", shared=True, closed=False) == Key(name="a", scope=Scope.SHARED, closed=False)
    assert ordered("a", volatile=True) == Key(name="a", kind=KeyKind.LIST, volatile=True)
    assert register("a", fresh="load") == Key(name="a", kind=KeyKind.REGISTER, constant_per_load=True)
    assert register("a", fresh="5s") == register("a", fresh=5) == Key(name="a", kind=KeyKind.REGISTER, fresh_s=5.0)
    assert counter("a", initial=3) == Key(name="a", kind=KeyKind.COUNTER, initial=3)
    assert document("a", cas=True) == Key(name="a", kind=KeyKind.DOCUMENT, cas=True)


def test_a_key_with_a_value_is_a_reference_and_no_sequence() -> None:
    cart = items("cart")
    assert (cart["x"].key, cart["x"].value) == (cart, "x")
    with pytest.raises(TypeError):
        iter(cart)


def test_a_shared_copy_leaves_the_story_alone() -> None:
    story = Story("cart: items\nalice: GET / shows")
    shared = story.shared()
    assert not shared.key("cart").is_private
    assert story.key("cart").is_private
    assert shared.lines == story.lines
    with pytest.raises(FrozenInstanceError):
        story.users = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        (("alice", "bob"), "ab"),
        (("alice", "anna", "ali"), "anl"),
        (("walter", "otto", "world", "operator"), "atwo"),
        (("x", "xx", "xxx"), "xab"),
        (("Alice",), "a"),
    ],
)
def test_letters(users: tuple[str, ...], expected: str) -> None:
    assert letters(users) == dict(zip(expected, users, strict=True))


def test_more_users_than_letters() -> None:
    assert len(letters(["world", "operator", *(f"u{n}" for n in range(24))])) == 26
    with pytest.raises(StoryError, match="24 users"):
        letters([f"u{n}" for n in range(25)])


def test_a_scenario_finds_its_variants() -> None:
    story, other = Story("alice: GET /"), Story("bob: GET /")
    broken = Variant(name="broken", framework="flask", app="broken.py")
    wrong = Variant(name="wrong-lock", framework="django", app="wrong.py", story=other)
    scenario = Scenario(name="s", title="t", summary="u", story=story, variants=(broken, wrong))
    assert scenario.variant("broken") is scenario.variant("broken", "flask") is broken
    assert scenario.story_of(broken) is story
    assert scenario.story_of(wrong) is other
    assert scenario.frameworks == ("flask", "django")
    assert (broken.is_broken, wrong.is_wrong_fix, wrong.is_fixed) == (True, True, False)
    with pytest.raises(KeyError, match="django"):
        scenario.variant("broken", "django")
