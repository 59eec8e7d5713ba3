"""Programs that wait for their turn: moved step by step, and re-run from remembered answers."""

from __future__ import annotations

import json
import threading
import traceback
from collections.abc import Callable, Iterator

import httpx
import pytest

from simulator.errors import StoryError
from simulator.events import Effect
from simulator.proxy.call import Call, NoAnswer, Reply
from simulator.story.declare import items, register
from simulator.users.actor import Actor
from simulator.users.client import User
from simulator.users.pending import PendingRequest

CART = items("cart")
NO_WAY = httpx.MockTransport(lambda request: pytest.fail("a remembered run sends nothing"))


def play(program: Callable[[User], object], name: str = "alice") -> Actor:
    return Actor(name, lambda: program(User(name, way=NO_WAY)))


def ok(body: bytes = b"ok", *headers: tuple[bytes, bytes]) -> Reply:
    return Reply(200, [(b"content-length", b"%d" % len(body)), *headers], body)


def moved(to: str) -> Reply:
    return Reply(302, [(b"location", to.encode()), (b"content-length", b"0")], b"")


@pytest.fixture
def closing() -> Iterator[Callable[[Actor], Actor]]:
    actors: list[Actor] = []

    def keep(actor: Actor) -> Actor:
        actors.append(actor)
        return actor

    yield keep
    for actor in actors:
        actor.close()


def test_a_program_waits_at_each_request_and_is_over_after_the_last() -> None:
    seen: list[str] = []

    def program(user: User) -> None:
        seen.append(user.get("/one").text)
        seen.append(user.post("/two?x=1", data={"a": "b"}).text)

    actor = play(program)
    first = actor.advance()
    assert actor.advance() is first
    assert isinstance(first, PendingRequest)
    assert (first.method, first.url, first.body, first.composed) == ("GET", "/one", b"", False)
    assert seen == []
    actor.recall(ok(b"1"))
    assert seen == ["1"]
    second = actor.advance()
    assert isinstance(second, PendingRequest)
    assert (second.method, second.url, second.body) == ("POST", "/two?x=1", b"a=b")
    assert ("content-type", "application/x-www-form-urlencoded") in second.headers
    actor.recall(ok(b"2"))
    assert seen == ["1", "2"]
    assert actor.is_over
    assert actor.advance() is None


def test_the_effects_that_a_request_declares_wait_with_it(closing: Callable[[Actor], Actor]) -> None:
    def program(user: User) -> None:
        item = user.token()
        user.post("/cart", data={"item": item}, adds=CART[item], reads=CART, part=True, of="bob", expect=409)

    pending = closing(play(program)).advance()
    assert isinstance(pending, PendingRequest)
    token = pending.body.decode().removeprefix("item=")
    assert pending.effects == (
        Effect(kind="add", key="cart", value=token, of="bob"),
        Effect(kind="read", key="cart", of="bob", complete=False),
    )
    assert pending.expect == (409,)


def test_a_redirect_is_a_step_of_its_own_that_only_reads(closing: Callable[[Actor], Actor]) -> None:
    pages: list[httpx.Response] = []

    def program(user: User) -> None:
        pages.append(user.post("/cart", adds=CART["x"], reads=CART, expect=409))
        user.get("/later")

    actor = closing(play(program))
    pending = actor.replay([moved("/cart?page=1")])
    assert isinstance(pending, PendingRequest)
    assert (pending.method, pending.url, pending.composed, pending.expect) == ("GET", "/cart?page=1", True, ())
    assert [effect.kind for effect in pending.effects] == ["read"]
    later = actor.replay([ok(b"page")])
    assert isinstance(later, PendingRequest)
    assert (later.url, later.composed) == ("/later", False)
    assert pages[0].text == "page"


def test_cookies_travel_with_the_user(closing: Callable[[Actor], Actor]) -> None:
    def program(user: User) -> None:
        user.post("/login")
        user.get("/private")

    pending = closing(play(program)).replay([ok(b"", (b"set-cookie", b"session=abc; Path=/"))])
    assert isinstance(pending, PendingRequest)
    assert ("cookie", "session=abc") in pending.headers


def test_what_the_program_raises_comes_out_with_its_own_lines() -> None:
    def program(user: User) -> None:
        assert user.get("/").text == "what nobody said"

    actor = play(program)
    actor.advance()
    with pytest.raises(AssertionError) as raised:
        actor.recall(ok())
    assert any("what nobody said" in (frame.line or "") for frame in traceback.extract_tb(raised.value.__traceback__))
    assert actor.is_over
    assert actor.advance() is None


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("timeout", httpx.ReadTimeout),
        ("worker-died", httpx.RemoteProtocolError),
        ("cut-short", httpx.RemoteProtocolError),
        ("refused", httpx.ConnectError),
    ],
)
def test_a_remembered_failure_is_what_httpx_would_raise(reason: str, expected: type[Exception]) -> None:
    caught: list[str] = []

    def program(user: User) -> None:
        try:
            user.get("/")
        except expected as error:
            caught.append(str(error))

    play(program).replay([NoAnswer(reason, "why")])
    assert caught == ["why"]


def test_a_program_re_run_from_its_answers_arrives_at_the_same_request() -> None:
    def program(user: User) -> None:
        number = user.post("/notes", data={"text": user.token()}).json()["id"]
        user.get(f"/notes/{number}")
        user.get("/end", headers={"x": user.token()})

    answers = [ok(json.dumps({"id": 17}).encode()), ok()]
    once, again = (play(program) for _ in range(2))
    first, second = once.replay(answers), again.replay(answers)
    assert isinstance(first, PendingRequest)
    assert isinstance(second, PendingRequest)
    assert first.url == "/end"
    assert first.fingerprint == second.fingerprint
    assert first.fingerprint != play(program, "bob").replay(answers).fingerprint  # type: ignore[union-attr]


def test_an_unfinished_program_is_ended_with_its_finally_blocks() -> None:
    ended: list[str] = []

    def program(user: User) -> None:
        try:
            user.get("/")
        finally:
            ended.append(user.name)

    actor = play(program)
    actor.advance()
    actor.close()
    assert ended == ["alice"]
    actor.close()
    assert actor.advance() is None


def test_a_program_that_asks_again_while_it_is_ended_is_ended_all_the_same() -> None:
    def program(user: User) -> None:
        try:
            user.get("/")
        finally:
            user.get("/logout")

    actor = play(program)
    actor.advance()
    actor.close()
    assert actor.is_over


def test_a_story_stays_with_its_application() -> None:
    caught: list[str] = []

    def program(user: User) -> None:
        try:
            user.get("/away")
        except httpx.ConnectError as error:
            caught.append(str(error))

    assert play(program).replay([moved("http://elsewhere.example/x")]) is None
    assert caught == ["http://elsewhere.example/x is not the application: nothing else is asked"]


def test_a_client_works_in_its_own_function_only() -> None:
    trouble: list[BaseException] = []

    def elsewhere(user: User) -> None:
        try:
            user.get("/")
        except StoryError as error:
            trouble.append(error)

    def program(user: User) -> None:
        thread = threading.Thread(target=elsewhere, args=(user,))
        thread.start()
        thread.join()

    assert play(program).advance() is None
    assert "outside its turn" in str(trouble[0])


def test_only_what_is_pending_can_be_continued() -> None:
    actor = play(lambda user: user.get("/"))
    with pytest.raises(RuntimeError, match="nothing pending"):
        actor.answer(Call(user="alice"))
    actor.advance()
    with pytest.raises(RuntimeError, match="nothing pending"):
        actor.go_on()
    actor.close()


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"adds": CART}, "adds= needs a key with a value"),
        ({"reads": CART["x"]}, "reads= needs a key, not"),
        ({"writes": "x"}, "writes= needs a key with a value, not 'x'"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused_where_it_stands(said: dict[str, object], message: str) -> None:
    with pytest.raises(StoryError, match=message):
        play(lambda user: user.get("/", **said)).advance()  # type: ignore[arg-type]


def test_several_keys_can_be_declared_at_once(closing: Callable[[Actor], Actor]) -> None:
    price = register("price", shared=True)
    actor = closing(play(lambda user: user.put("/", writes=price["p"], based_on="o", adds=[CART["a"], CART["b"]])))
    pending = actor.advance()
    assert isinstance(pending, PendingRequest)
    assert [(effect.kind, effect.value, effect.based_on) for effect in pending.effects] == [
        ("add", "a", None),
        ("add", "b", None),
        ("write", "p", "o"),
    ]
