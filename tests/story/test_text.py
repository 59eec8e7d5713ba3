"""Every line form of a story's text means one thing, and every mistake says which line, why, and what was meant."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import StoryError
from simulator.events import Effect
from simulator.story.keys import Key, KeyKind, Scope
from simulator.story.line import Keep, Line, Request, RunSql, Wait, WriteFile
from simulator.story.schedule import Action, Lifecycle
from simulator.story.story import Story
from simulator.story.template import CLOSE, OPEN, fill, shown
from simulator.story.text import without_margin
from simulator.story.tokens import token
from simulator.story.words import cut

SHOP = """
# shop.story
cart: private items         # keys first
price: shared register
alice: POST /cart item=VALUE        adds cart
alice: GET /cart                    shows cart
bob: POST /cart item=VALUE          adds cart
bob: GET /cart?page=1               shows part of cart
world: write price.txt VALUE        writes price
alice: GET /price                   shows price
operator: reload
"""


def _line(text: str, *before: str) -> Line:
    return Story("\n".join((*before, text))).lines[-1]


def _request(text: str, *before: str) -> Request:
    act = _line(text, *before).act
    assert isinstance(act, Request)
    return act


def _effect(text: str, *before: str) -> Effect:
    (effect,) = _line(text, *before).effects
    return effect


def test_the_papers_example() -> None:
    story = Story(SHOP)
    assert story.keys == (
        Key(name="cart", kind=KeyKind.ITEMS, scope=Scope.PRIVATE),
        Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED),
    )
    assert story.users == ("alice", "bob", "world", "operator")
    assert [line.effects for line in story.lines] == [
        (Effect(kind="add", key="cart", value="alice-1"),),
        (Effect(kind="read", key="cart"),),
        (Effect(kind="add", key="cart", value="bob-1"),),
        (Effect(kind="read", key="cart", complete=False),),
        (Effect(kind="write", key="price", value="world-1"),),
        (Effect(kind="read", key="price"),),
        (),
    ]
    assert [line.shown for line in story.lines] == [
        "POST /cart item=alice-1",
        "GET /cart",
        "POST /cart item=bob-1",
        "GET /cart?page=1",
        "write price.txt world-1",
        "GET /price",
        "reload",
    ]
    assert [line.number for line in story.lines] == [5, 6, 7, 8, 9, 10, 11]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("k: items", Key(name="k")),
        ("k: private list", Key(name="k", kind=KeyKind.LIST)),
        ("k: shared counter", Key(name="k", kind=KeyKind.COUNTER, scope=Scope.SHARED)),
        ("k: document cas", Key(name="k", kind=KeyKind.DOCUMENT, cas=True)),
        (
            "k: register shared fresh load",
            Key(name="k", kind=KeyKind.REGISTER, scope=Scope.SHARED, constant_per_load=True),
        ),
        ("k: register fresh 5s", Key(name="k", kind=KeyKind.REGISTER, fresh_s=5.0)),
        ("k: register, fresh: 500ms, volatile", Key(name="k", kind=KeyKind.REGISTER, fresh_s=0.5, volatile=True)),
        ("k: items fresh request open", Key(name="k", closed=False)),
        ("k: items fresh 2m", Key(name="k", fresh_s=120.0)),
        ('k: register initial "two words"', Key(name="k", kind=KeyKind.REGISTER, initial="two words")),
        ("k: counter initial 10", Key(name="k", kind=KeyKind.COUNTER, initial=10)),
        ("shopping-cart_2: items", Key(name="shopping-cart_2")),
    ],
)
def test_keys(line: str, key: Key) -> None:
    assert Story(f"{line}\nalice: GET /").keys == (key,)


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        ("a: GET /", Request(method="GET", path="/")),
        ("a: POST /x b=1 c=", Request(method="POST", path="/x", fields=(("b", "1"), ("c", "")))),
        (
            'a: POST /x b="two words" c=a=b',
            Request(method="POST", path="/x", fields=(("b", "two words"), ("c", "a=b"))),
        ),
        (r'a: POST /x b="say \"hi\""', Request(method="POST", path="/x", fields=(("b", 'say "hi"'),))),
        ('a: PUT /x {"id": 1, "a": "} b"}', Request(method="PUT", path="/x", json='{"id": 1, "a": "} b"}')),
        (
            "a: GET / [x-user-id: 7] [b:c d]",
            Request(method="GET", path="/", headers=(("x-user-id", "7"), ("b", "c d"))),
        ),
        ("a: GET / auth ann:pa:ss", Request(method="GET", path="/", auth=("ann", "pa:ss"))),
        ("a: PATCH / -> $id", Request(method="PATCH", path="/", keeps=(Keep(name="id", path="id"),))),
        ("a: DELETE / -> $t=data.0.t", Request(method="DELETE", path="/", keeps=(Keep(name="t", path="data.0.t"),))),
        ("a: OPTIONS / expect 409", Request(method="OPTIONS", path="/", expect=(409,))),
        ("a: HEAD / expect 409,404 expect 400", Request(method="HEAD", path="/", expect=(409, 404, 400))),
        ("a: GET /p?q=a#b # a comment", Request(method="GET", path="/p?q=a#b")),
        ("a: GET /price$$5", Request(method="GET", path="/price$5")),
        ("a:GET /x", Request(method="GET", path="/x")),
    ],
)
def test_requests(line: str, request_: Request) -> None:
    assert _request(line) == request_


@pytest.mark.parametrize(
    ("line", "effect"),
    [
        ("bob: POST /a x=VALUE adds cart", Effect(kind="add", key="cart", value="bob-1")),
        ("bob: POST /a x=VALUE adds cart of alice", Effect(kind="add", key="cart", value="bob-1", of="alice")),
        ("alice: POST /a x=VALUE removes cart", Effect(kind="remove", key="cart", value="alice-2")),
        ("alice: POST /a x=alice-1 removes cart", Effect(kind="remove", key="cart", value="alice-1")),
        ("bob: DELETE /a/$id removes cart", Effect(kind="remove", key="cart", value="alice-2", of="alice")),
        ("bob: POST /a x=VALUE writes price", Effect(kind="write", key="price", value="bob-1")),
        ("bob: POST /a deletes price", Effect(kind="delete", key="price")),
        ("bob: POST /a increments hits", Effect(kind="increment", key="hits", value=1)),
        ("bob: POST /a increments hits by -2 at n", Effect(kind="increment", key="hits", value=-2, path="n")),
        ("bob: POST /a resets hits", Effect(kind="reset", key="hits")),
        ("bob: POST /a resets cart", Effect(kind="reset", key="cart")),
        ("bob: GET /a shows cart", Effect(kind="read", key="cart")),
        ("bob: GET /a shows part of cart", Effect(kind="read", key="cart", complete=False)),
        ("bob: GET /a shows cart of alice", Effect(kind="read", key="cart", of="alice")),
        ("bob: GET /a shows price at data.price", Effect(kind="read", key="price", path="data.price")),
        ("alice: GET /a shares cart with bob", Effect(kind="share", key="cart", to="bob")),
        ("alice: GET /a/VALUE shares cart with bob", Effect(kind="share", key="cart", value="alice-2", to="bob")),
        ("alice: GET /a/$id shares cart with everyone", Effect(kind="share", key="cart", value="alice-2")),
    ],
)
def test_verbs(line: str, effect: Effect) -> None:
    before = (
        "cart: private items",
        "price: shared register",
        "hits: shared counter",
        "alice: POST /cart item=VALUE adds cart",
        "alice: POST /cart item=VALUE adds cart -> $id",
        "bob: GET /",
    )
    assert _effect(line, *before) == effect


def test_a_line_can_do_several_things() -> None:
    line = _line("alice: POST /a i=VALUE adds cart increments n -> $id shows cart", "cart: items", "n: counter")
    assert [effect.kind for effect in line.effects] == ["add", "increment", "read"]


def test_what_is_shared_belongs_to_nobody() -> None:
    before = ("cart: shared items", "alice: POST /cart item=VALUE adds cart")
    assert _effect("bob: DELETE /cart/alice-1 removes cart", *before).of is None


def test_labels_are_whole_words() -> None:
    line = _line("bob: GET /alice-1/x-alice-1/malice-1/alice-1-x?v=alice-1,alice-1", "alice: GET /add/VALUE")
    assert isinstance(line.act, Request)
    one = "⟦alice-1⟧"
    assert line.act.path == f"/{one}/x-alice-1/malice-1/alice-1-x?v={one},{one}"


def test_removing_twice_goes_back_through_what_was_added() -> None:
    before = ("cart: items", *["alice: POST /add/VALUE adds cart"] * 2)
    story = Story("\n".join((*before, *["alice: POST /remove/VALUE removes cart"] * 2)))
    assert [line.effects[0].value for line in story.lines] == ["alice-1", "alice-2", "alice-2", "alice-1"]


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("world: write f.txt VALUE writes p", WriteFile(file="f.txt", text="world-1")),
        ('world: write f.txt "a  VALUE # b"', WriteFile(file="f.txt", text="a  world-1 # b")),
        ('world: write f.json {"price": "VALUE"}', WriteFile(file="f.json", text='{"price": "world-1"}')),
        ("world: write f.txt he writes VALUE  writes p", WriteFile(file="f.txt", text="he writes world-1")),
        (
            "world: sql shop.db UPDATE t SET a = 'VALUE' WHERE b = \"c\" writes p",
            RunSql(file="shop.db", statement="UPDATE t SET a = 'world-1' WHERE b = \"c\""),
        ),
        (
            "world: sql shop.db INSERT INTO t VALUES ('VALUE')",
            RunSql(file="shop.db", statement="INSERT INTO t VALUES ('world-1')"),
        ),
        ("world: wait 6s", Wait(wait_s=6.0)),
        ("operator: reload", Lifecycle(action=Action.RELOAD)),
        ("operator: recycle 2", Lifecycle(action=Action.RECYCLE, worker=2)),
        ("operator: kill 1  # hard", Lifecycle(action=Action.KILL, worker=1)),
    ],
)
def test_world_and_operator(line: str, act: object) -> None:
    found = _line(line, "p: shared register", "alice: GET /").act
    match found:
        case WriteFile(file=file, text=text):
            found = WriteFile(file=file, text=shown(text))
        case RunSql(file=file, statement=statement):
            found = RunSql(file=file, statement=shown(statement))
    assert found == act


def test_a_story_without_keys_has_one_if_something_is_shown() -> None:
    story = Story("alice: GET /add/VALUE\nalice: GET /view  shows\nbob: GET /add/VALUE shows\nbob: GET /x")
    assert story.keys == (Key(name="data"),)
    assert [[effect.kind for effect in line.effects] for line in story.lines] == [
        ["add"],
        ["read"],
        ["add", "read"],
        [],
    ]


def test_a_story_of_plain_requests_declares_nothing() -> None:
    story = Story("alice: GET /add/VALUE\nbob: GET /")
    assert story.keys == ()
    assert [line.effects for line in story.lines] == [(), ()]
    assert story.lines[0].value == "alice-1"


def test_shows_alone_means_the_only_key() -> None:
    assert _effect("alice: GET / shows", "cart: shared list").key == "cart"
    assert _effect("alice: GET / shows part -> $id", "cart: list") == Effect(kind="read", key="cart", complete=False)


def test_lines_are_filled_with_tokens_and_kept_values() -> None:
    story = Story(
        """
        note: items
        alice: POST /n text=VALUE [x: VALUE] auth VALUE:p -> $id adds note
        bob: PUT /n/$id?q=$id {"id": "$id", "n": $id, "of": "alice-1"}
        world: sql a.db UPDATE t SET a='$id'
        """
    )
    mine = token(seed=3, user="alice", counter=1)
    first, second, third = (line.filled(seed=3, kept={"id": "a/b'\"c"}) for line in story.lines)
    assert first.act == Request(
        method="POST",
        path="/n",
        fields=(("text", mine),),
        headers=(("x", mine),),
        auth=(mine, "p"),
        keeps=(Keep(name="id", path="id"),),
    )
    assert first.effects == (Effect(kind="add", key="note", value=mine),)
    assert isinstance(second.act, Request)
    assert second.act.path == "/n/a%2Fb%27%22c?q=a%2Fb%27%22c"
    assert second.act.json == f'{{"id": "a/b\'\\"c", "n": a/b\'\\"c, "of": "{mine}"}}'
    assert third.act == RunSql(file="a.db", statement="UPDATE t SET a='a/b''\"c'")
    with pytest.raises(StoryError, match=r"line 4: \$id has no value"):
        story.lines[1].filled(seed=3, kept={})


def test_tokens_do_not_depend_on_what_others_do() -> None:
    alone = Story("alice: GET /add/VALUE").lines[0].filled(seed=0, kept={})
    after = Story("bob: GET /add/VALUE\nalice: GET /add/VALUE").lines[1].filled(seed=0, kept={})
    assert alone.act == after.act


def test_secrets_are_names_that_are_never_recorded() -> None:
    story = Story("secret: pin, card\nalice: POST /pay pin=1")
    assert story.secrets == ("pin", "card")
    assert story.keys == ()


CART = "cart: items\n"


@pytest.mark.parametrize(
    ("text", "line", "reason", "do"),
    [
        ("", None, "has no steps", "alice: GET /view"),
        ("# nothing", None, "has no steps", ""),
        ("cart: items", None, "has no steps", ""),
        ("alice GET /", 1, 'begins with a name and ":"', "alice: GET /view"),
        ("http://x: GET /", 1, 'begins with a name and ":"', ""),
        ("alice:", 1, 'after "alice:" comes a step', ""),
        ("bob-1: GET /", 1, '"bob-1" cannot be a name', "do not end in -1"),
        ("shows: GET /", 1, "cannot be a name", ""),
        ("a: GET /⟦x⟧", 1, "brackets", ""),
        ("cart: privat items\na: GET /", 1, '"privat" is nothing that a key can be', "Did you mean private?"),
        ("cart: private itmes\na: GET /", 1, '"itmes"', "Did you mean items?"),
        ("cart: items fresh\na: GET /", 1, 'after "fresh" comes', ""),
        ("cart: items fresh laod\na: GET /", 1, '"laod" is not a time', "Did you mean load?"),
        ("n: counter initial x\na: GET /", 1, "whole number", ""),
        ("cart: items\ncart: list\na: GET /", 2, "declared twice", ""),
        ("a: get /", 1, '"get" is no method', "Did you mean GET?"),
        ("a: POSTT /x", 1, '"POSTT" is no method', "Did you mean POST?"),
        ("a: /view", 1, '"/view" is no method', ""),
        ("a: GET", 1, "after GET comes a path", "GET /view"),
        ("a: GET view", 1, 'does not begin with "/"', "GET /view"),
        ("a: GET / item", 1, '"item" is not understood', "name=value"),
        (CART + "a: GET / show cart", 2, '"show" is not understood', "Did you mean shows?"),
        (CART + "a: POST /x i=VALUE ads cart", 2, '"ads" is not understood', "Did you mean adds?"),
        (CART + "a: POST /x i=VALUE adds", 2, 'after "adds" comes the name of a key: cart', ""),
        (CART + "a: POST /x i=VALUE adds crat", 2, 'no key "crat"', "Did you mean cart?"),
        (CART + "a: GET /x shows crat", 2, 'no key "crat"', "Did you mean cart?"),
        ("a: POST /x i=VALUE adds cart", 1, 'the story has no key "cart"', "cart: private items"),
        (CART + "a: POST /x adds cart", 2, '"adds cart" needs VALUE', ""),
        (CART + "a: POST /x removes cart", 2, '"removes cart" needs VALUE', ""),
        (CART + "a: POST /x/VALUE removes cart", 2, "there is none yet", "by label"),
        (CART + "a: POST /x/VALUE writes cart", 2, "does not go with cart, which is of kind items", "adds, removes"),
        ("p: register\na: GET / increments p", 2, "does not go with p", "writes, deletes"),
        (CART + "a: GET /x shows cart of bbo\nbob: GET /", 2, 'nobody is called "bbo"', "Did you mean bob?"),
        (CART + "a: GET /x shows cart of", 2, 'after "of" something is missing', ""),
        (CART + "a: GET /x shares cart", 2, "needs a person", "with bob"),
        (CART + "a: GET /x shares cart with bob", 2, 'nobody is called "bob"', ""),
        ("n: counter\na: GET / increments n by two", 2, "whole number", ""),
        ("p: register\nworld: write f VALUE writes p\na: GET /", 2, "p is private: say whose", "writes p of alice"),
        ("a: GET / [x]", 1, '"[x]" is no header', "[x-user-id: alice]"),
        ("a: GET / [x: y", 1, '"[" is not closed', ""),
        ('a: POST / {"a": 1', 1, '"{" is not closed', ""),
        ("a: POST / {'a': 1}", 1, "not JSON", "double quotes"),
        ('a: POST / {"a": 1} {"b": 1}', 1, "one JSON body", ""),
        ('a: POST / {"a": 1} b=2', 1, "not both", ""),
        ('a: POST / b="x', 1, "not closed", ""),
        ("a: GET / auth ann", 1, "user:password", ""),
        ("a: GET / auth", 1, 'after "auth" something is missing', ""),
        ("a: GET / ->", 1, 'after "->" something is missing', ""),
        ("a: GET / -> id", 1, "$name", ""),
        ("a: GET / expect ok", 1, "a status such as 409", ""),
        ("a: GET / expect 4090", 1, "a status such as 409", ""),
        ("a: POST /n -> $id\nb: GET /n/$di", 2, "no earlier line keeps $di", "Did you mean $id?"),
        ("a: GET /n/$id\nb: POST /n -> $id", 1, "no earlier line keeps $id", "$$"),
        ("a: GET /n/a-2", 1, "no such value", ""),
        ("world: wirte f VALUE\na: GET /", 1, '"wirte" is nothing that the world does', "Did you mean write?"),
        ("world: write f", 1, "come a file and what to write", ""),
        ("p: shared register\nworld: write f writes p", 2, "what is to be written is missing", ""),
        ("p: shared register\nworld: sql f SELECT writes p now", 2, '"now" is not understood', ""),
        ("world: wait", 1, "followed by a time", "wait 6s"),
        ("world: wait 6", 1, '"6" is not a time', "5s"),
        ("operator: relaod", 1, '"relaod" is nothing that the operator does', "Did you mean reload?"),
        ("operator: recycle", 1, "recycle N", ""),
        ("operator: kill 0", 1, "kill N", ""),
        ("operator: reload 1", 1, "reload and nothing more", ""),
    ],
)
def test_mistakes(text: str, line: int | None, reason: str, do: str) -> None:
    with pytest.raises(StoryError) as caught:
        Story(text)
    assert reason in caught.value.what
    assert do in " ".join(caught.value.do)
    if line is not None:
        assert caught.value.what.startswith(f"line {line} of the story: ")
        assert caught.value.why == (text.splitlines()[line - 1].strip(),)


WORDS = """
alice bob world operator cart : : GET POST / /add/VALUE VALUE item=VALUE adds removes shows part of cart -> $id
{"a":1} [x:y] auth a:b expect 409 private items register fresh load 5s write sql wait reload # " { [ $
"""
words = st.sampled_from([*WORDS.split(), "\n", "\n", "\n"])


@given(st.lists(words, max_size=25).map(" ".join) | st.text(max_size=40))
@settings(deadline=None, max_examples=400)
def test_any_text_is_a_story_or_a_story_error(text: str) -> None:
    try:
        story = Story(text)
    except StoryError:
        return
    assert story.count == len(story.lines) > 0


@given(text=st.text("a \t\n"))
def test_the_margin_of_a_text_is_what_all_its_lines_begin_with(text: str) -> None:
    assert without_margin(text) == dedent(text)


def test_a_string_that_is_not_closed_is_no_string_however_much_follows_it() -> None:
    """With a search to the end for each quote, a quarter of a million of them would take an hour."""
    assert [word.text for word in cut('{"a": "x} c')] == ['{"a": "x}', "c"]
    line = '{"' + '\\"' * 250_000 + "}"
    assert [word.text for word in cut(f"{line} rest")] == [line, "rest"]


def test_what_only_begins_like_a_hole_stays() -> None:
    template = f"/add/{OPEN}alice-1{CLOSE}/{OPEN}$id{CLOSE}?{OPEN}"
    assert fill(template, {"alice-1": "word", "$id": "7"}.__getitem__) == f"/add/word/7?{OPEN}"
