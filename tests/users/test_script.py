"""Text stories against real frameworks: every kind of line, run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.errors import StoryError
from simulator.events import RequestFailed
from simulator.story.story import Story
from simulator.story.tokens import token
from simulator.users.pending import PendingLifecycle, PendingRequest

ALICE_1 = token(seed=0, user="alice", counter=1)
BOB_1 = token(seed=0, user="bob", counter=1)


def test_values_are_tokens_that_depend_on_the_user_alone(flask_theatre: Any) -> None:
    story = Story("alice: GET /show?a=VALUE\nbob: GET /show?a=VALUE")
    for order in ("alice bob", "bob alice"):
        with flask_theatre.tell(story, order) as told:
            assert {event.user: event.url for event in told.sent()} == {
                "alice": f"/show?a={ALICE_1}",
                "bob": f"/show?a={BOB_1}",
            }


def test_a_value_of_an_answer_is_kept_for_anyone(flask_theatre: Any) -> None:
    story = Story("alice: POST /notes text=VALUE -> $n=data.ids.0.id\nbob: GET /notes/$n\nalice: GET /notes/$n")
    with flask_theatre.tell(story, "alice bob alice") as told:
        assert told.bodies()[1:] == [ALICE_1, ALICE_1]


def test_what_no_answer_gave_is_missed_by_the_line_that_needs_it(flask_theatre: Any) -> None:
    story = Story("alice: POST /notes text=VALUE -> $n=nowhere\nalice: GET /notes/$n")
    with flask_theatre.tell(story, "alice") as told, pytest.raises(StoryError, match="line 2"):
        told.cast.actors["alice"].advance()


def test_json_headers_auth_and_query_arrive(flask_theatre: Any) -> None:
    story = Story(
        """
        alice: POST /notes {"text": "VALUE"}
        alice: GET /notes/1
        alice: GET /show q=VALUE [x-user-id: alice] auth ann:secret
        """
    )
    with flask_theatre.tell(story, "alice alice alice") as told:
        assert told.bodies()[1] == ALICE_1
        seen = json.loads(told.bodies()[2])
    assert seen["path"] == f"/show?q={token(seed=0, user='alice', counter=2)}"
    assert seen["who"] == "alice"
    assert seen["auth"] == "Basic YW5uOnNlY3JldA=="
    assert (seen["agent"], seen["encoding"]) == ("workersim", "identity")


def test_hidden_fields_go_along_and_redirects_are_steps(flask_theatre: Any) -> None:
    story = Story("alice: GET /form\nalice: POST /form item=VALUE shows\nbob: POST /form item=VALUE")
    with flask_theatre.tell(story, "alice alice alice bob") as told:
        assert told.statuses() == [200, 302, 200, 400]
        assert json.loads(told.bodies()[2]) == [f"{ALICE_1}a&b"]
        assert told.bodies()[3] == "forged"
        first, posted, followed, _ = told.sent()
    assert (first.composed, posted.composed, followed.composed) == (False, False, True)
    assert [effect.kind for effect in posted.effects] == ["add", "read"]
    assert [effect.kind for effect in followed.effects] == ["read"]
    assert followed.url == "/form/done?x=1"


def test_django_takes_the_csrf_field_of_a_form_and_the_cookie_without_one(django_theatre: Any) -> None:
    story = Story(
        """
        alice: GET /form
        alice: POST / item=VALUE
        bob: GET /
        bob: POST / item=VALUE
        bob: POST / {"item": "VALUE"}
        carol: POST / item=VALUE
        """
    )
    with django_theatre.tell(story, "alice alice bob bob bob carol") as told:
        assert told.statuses() == [200, 200, 200, 200, 200, 403]
        posted = [event for event in told.sent() if event.method == "POST"]
    assert b"csrfmiddlewaretoken=" in posted[0].body
    assert b"csrfmiddlewaretoken=" not in posted[1].body
    assert "x-csrftoken" in dict(posted[2].headers)


def test_a_person_goes_on_after_a_request_without_an_answer(flask_theatre: Any) -> None:
    story = Story("alice: GET /hang\nalice: GET /show")
    with flask_theatre.tell(story, "alice alice", workers=2, timeout_s=0.3) as told:
        assert [type(event) for event in told.events].count(RequestFailed) == 1
        assert told.statuses() == [200]


def test_the_next_line_is_made_when_its_turn_comes(flask_theatre: Any) -> None:
    story = Story("bob: GET /show\nalice: POST /notes text=VALUE -> $n=data.ids.0.id\nbob: GET /notes/$n")
    with flask_theatre.tell(story, "bob alice bob") as told:
        assert told.bodies()[2] == ALICE_1


def test_the_world_writes_and_waits_and_the_operator_asks(flask_theatre: Any) -> None:
    story = Story(
        """
        price: shared register
        world: write price.txt VALUE writes price
        world: wait 90s
        alice: GET /price shows price
        operator: recycle 1
        """
    )
    with flask_theatre.tell(story, "world world alice") as told:
        assert told.bodies() == [token(seed=0, user="world", counter=1)]
        assert told.sent()[0].t > 90
        asked = told.cast.actors["operator"].advance()
        assert isinstance(asked, PendingLifecycle)
        assert (asked.action, asked.worker) == ("recycle", 1)


def test_programs_in_python_do_the_same(flask_theatre: Any) -> None:
    shared: dict[str, int] = {}

    def alice(user: Any) -> None:
        shared["n"] = user.post("/notes", json={"text": user.token()}).json()["data"]["ids"][0]["id"]

    def bob(user: Any) -> None:
        from simulator.story.declare import items

        page = items("page")
        user.get(f"/notes/{shared['n']}", reads=page, sees=lambda answer: (answer.text,))
        with user.stream("GET", "/show") as answer:
            assert json.loads(answer.read())["path"] == "/show?"

    with flask_theatre.tell(Story(users={"alice": alice, "bob": bob}), "alice bob bob") as told:
        assert told.bodies()[1] == ALICE_1
        assert (2, "page", (ALICE_1,)) in told.events
        assert all(actor.advance() is None for actor in told.cast.actors.values())


def test_a_further_look_keeps_the_cookies(flask_theatre: Any) -> None:
    story = Story("alice: GET /form\nalice: POST /form item=VALUE")
    with flask_theatre.tell(story, "alice alice alice") as told:
        look = told.cast.look("alice", lambda user: user.get("/form/done"))
        pending = look.advance()
        assert isinstance(pending, PendingRequest)
        assert "session=" in dict(pending.headers)["cookie"]
        look.close()
