"""Examples made shorter: steps that a finding does not need are left out, and no other finding comes in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.checkers.finding import Anomaly, Verdict
from simulator.commands.as_test import regression_test
from simulator.errors import OrderError
from simulator.explore.run import run
from simulator.runner.again import play_again
from simulator.runner.found import Candidate
from simulator.runner.plan import Plan
from simulator.runner.play import STORY, Extent
from simulator.runner.shorter import leave_out, shorter
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.order_token import format_order, parse_order
from simulator.story.schedule import LoadMode
from simulator.story.story import Story

SHOP = """
import secrets
from flask import Flask, redirect, request, session

app = Flask(__name__)
app.secret_key = "fixed"
carts = {}

@app.post("/login")
def login():
    session["user"] = request.form["name"]
    return {"hello": request.form["name"]}

@app.get("/news")
def news():
    return "nothing new"

@app.get("/form")
def form():
    session["csrf"] = secrets.token_hex(8)
    return f'<form action="/safe/cart" method="post"><input type="hidden" name="csrf" value="{session["csrf"]}"></form>'

@app.post("/safe/cart")
def add_safely():
    if not session.get("csrf") or request.form.get("csrf") != session["csrf"]:
        return "Go back and try again", 403
    return add()

@app.post("/cart")
def add():
    if "user" not in session:
        return "Please log in."
    carts.setdefault(session["user"], []).append(request.form["item"])
    return {"id": len(carts[session["user"]])}

@app.get("/cart")
def cart():
    return carts.get(session.get("user"), [])

@app.get("/cart/<int:number>")
def part(number):
    mine = carts.get(session.get("user"), [])
    return mine[number - 1:number]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(SHOP)
    return folder


def shortened(folder: Path, story: Story, order: str, name: Anomaly, against: str | None = None) -> str:
    """The order in which `name`, which shows at the end of `order`, is shown to people."""
    with Stage(Plan(target="shop.py", cwd=folder, story=story)) as stage:
        player = Trials(stage, sink=None, tick=lambda: None)
        schedule = parse_order(order, story.letters)
        other = parse_order(against, story.letters) if against else None
        trial = player.one(schedule, Extent(to_the_end=False, sweep=False, reload=False))
        found = [one for one in trial.judgement.findings if one.name is name and one.step == len(schedule.turns)]
        if other is not None:
            blank = compared_at(len(schedule.turns), name)
            found = list(play_again(replace(blank, schedule=schedule, against=other), player).same)
        candidate = Candidate(schedule=schedule, finding=found[0], phase=STORY, against=other)
        short = shorter(candidate, player)
        assert play_again(short, player).same
        return format_order(short.schedule, story.letters)


def compared_at(step: int, name: Anomaly) -> Candidate:
    from simulator.checkers.finding import Finding

    return Candidate(
        schedule=parse_order("2:", {}),
        finding=Finding(name=name, key="answers", step=step, user="", worker=None),
        phase=STORY,
    )


LONG = """
    cart: private items
    alice: POST /login name=alice
    alice: GET /news
    alice: GET /news
    alice: GET /news
    alice: POST /cart item=VALUE    adds cart
    alice: GET /cart                shows cart
    bob: GET /news
    bob: POST /login name=bob
"""


def test_steps_that_a_user_takes_in_vain_are_left_out_but_not_his_login(folder: Path) -> None:
    """Without it the page says `Please log in.` with the same status, to one worker too."""
    assert shortened(folder, Story(LONG), "2:aaaaaa", Anomaly.LOST_WRITE) == "2:aaa~without-a2-4"


def test_other_users_go_as_well(folder: Path) -> None:
    assert shortened(folder, Story(LONG), "2:abaabaaa", Anomaly.LOST_WRITE) == "2:aaa~without-a2-4,b1,b2"


def test_where_round_robin_would_meet_another_worker_the_workers_are_named(folder: Path) -> None:
    story = Story("""
        cart: shared items
        alice: POST /login name=ann
        bob: POST /login name=ann
        alice: POST /cart item=VALUE    adds cart
        alice: GET /news
        bob: GET /cart                  shows cart
    """)
    assert shortened(folder, story, "2:aabab", Anomaly.LOST_WRITE) == "2:a1a2b1b1~without-a3"


def test_what_later_steps_need_stays(folder: Path) -> None:
    """A token out of a page, and a number out of an answer."""
    story = Story("""
        cart: private items
        alice: GET /news
        alice: POST /login name=alice
        alice: GET /form
        alice: POST /safe/cart item=VALUE -> $id    adds cart
        alice: GET /news
        alice: GET /cart/$id                        shows cart
    """)
    assert shortened(folder, story, "2:a1a1a1a1a1a2", Anomaly.LOST_WRITE) == "2:a1a1a1a2~without-a1,a5"


def test_a_difference_between_worlds_is_made_shorter_too(folder: Path) -> None:
    story = Story("""
        alice: POST /login name=alice
        alice: GET /news
        alice: POST /cart item=VALUE
        alice: GET /cart
    """)
    order = shortened(folder, story, "2:a1a2a1a2", Anomaly.WORKER_DEPENDENT, against="1:aaaa")
    assert order == "2:a1a1a2~without-a2"
    order = shortened(folder, story, "1:aaaRa", Anomaly.KEPT_IN_PROCESS, against="1:aaaa")
    assert order == "1:aaRa~without-a2"


def test_the_order_that_is_shown_can_be_played_again(folder: Path) -> None:
    plan = Plan(target="shop.py", cwd=folder, story=Story(LONG), loads=(LoadMode.ONCE,), blame=False)
    first = run(plan).examples[0]
    assert (first.order, [step.number for step in first.steps]) == ("2:aaa~without-a2-4", [1, 2, 3])
    again = run(replace(plan, order=first.order))
    assert (again.verdict, again.examples[0].order) == (Verdict.PROBLEM, first.order)
    assert again.examples[0].steps == first.steps
    assert f'order="{first.order}"' in regression_test(plan, first.order)


def test_steps_of_a_story_in_python_stay(folder: Path) -> None:
    def alice(user: object) -> None:
        user.post("/login", data={"name": "alice"})  # type: ignore[attr-defined]
        user.get("/news")  # type: ignore[attr-defined]

    story = Story(users={"alice": alice})
    with Stage(Plan(target="shop.py", cwd=folder, story=story)) as stage:
        player = Trials(stage, sink=None, tick=lambda: None)
        one = replace(compared_at(2, Anomaly.LOST_WRITE), schedule=parse_order("2:aa", story.letters))
        assert shorter(one, player) == one
        with pytest.raises(OrderError, match="only steps of a text story"):
            player.one(parse_order("2:a~without-a2", story.letters))


@given(st.sets(st.integers(0, 20)), st.integers(0, 20))
def test_exactly_what_is_needed_is_left(needed: set[int], count: int) -> None:
    lines = [("alice", number) for number in range(count)]
    accepted: set[tuple[str, int]] = set()

    def works(dropped: Collection[tuple[str, int]]) -> bool:
        nonlocal accepted
        if any(number in needed for _, number in dropped):
            return False
        accepted = set(dropped)
        return True

    leave_out(lines, works)
    assert accepted == {line for line in lines if line[1] not in needed}
