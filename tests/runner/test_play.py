"""One schedule played on real workers: the same every time, whichever way the requests take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulator.checkers.finding import Anomaly
from simulator.errors import OrderError
from simulator.events import LifecycleChanged, RequestFailed, RequestSent, RunEnded, ValueSeen, WorkerExited
from simulator.history.from_events import history
from simulator.history.operation import History
from simulator.runner.plan import Plan
from simulator.runner.play import RELOAD_SWEEP, STORY, SWEEP, Extent, Play, Played
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.declare import items
from simulator.story.order_token import parse_order
from simulator.story.story import Story
from simulator.users.client import User

LIST = """
import os, time
from flask import Flask, redirect

app = Flask(__name__)
the_list = []

@app.route("/view")
def view():
    return the_list

@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list

@app.route("/put/<item>")
def put(item):
    the_list.append(item)
    return redirect("/view")

@app.route("/die")
def die():
    os.kill(os.getpid(), 9)

@app.route("/sleep")
def sleep():
    time.sleep(60)
"""

SHOPPING = Story("""
    data: shared items
    alice: GET /add/VALUE  adds data
    alice: GET /view       shows data
    bob: GET /add/VALUE    adds data
    bob: GET /view         shows data
""")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "list_app.py").write_text(LIST)
    return folder


@pytest.fixture(scope="module")
def stage(folder: Path) -> Iterator[Stage]:
    with Stage(Plan(target="list_app.py", cwd=folder, story=SHOPPING, timeout_s=1.0)) as stage:
        yield stage


def played(
    stage: Stage, order: str, story: Story = SHOPPING, way: str = "direct", extent: Extent | None = None
) -> Played:
    stage.plan = replace(stage.plan, story=story, way=way)  # type: ignore[arg-type]
    return Play(stage, parse_order(order, story.letters), run=1, extent=extent).perform()


def history_of(one: Played) -> History:
    return history(one.events)


def test_a_schedule_gives_the_same_history_again_and_again(stage: Stage) -> None:
    first = history_of(played(stage, "2:aabb"))
    assert all(history_of(played(stage, "2:aabb")) == first for _ in range(5))


@pytest.mark.parametrize("order", ["1:abab", "2:aabb", "3:abba~sticky", "2:a1a2b2b1", "2:aRabC1b"])
def test_the_direct_way_and_http_give_one_history(stage: Stage, order: str) -> None:
    assert history_of(played(stage, order, way="http")) == history_of(played(stage, order))


def test_a_prefix_goes_on_to_the_end_with_looks_and_a_reload(stage: Stage) -> None:
    phases = [event.phase for event in played(stage, "2:a").events if isinstance(event, RequestSent)]
    assert phases == [STORY] * 4 + [SWEEP] * 4 + [RELOAD_SWEEP] * 4


def test_a_prefix_alone_is_only_that(stage: Stage) -> None:
    one = played(stage, "2:aa", extent=Extent(to_the_end=False, sweep=False, reload=False))
    assert one.order == "2:aa"
    assert sum(isinstance(event, RequestSent) for event in one.events) == 2


def test_redirects_are_steps_that_are_dealt_like_others(stage: Stage) -> None:
    story = Story("data: shared items\nalice: GET /put/VALUE  adds data\nalice: GET /view  shows data")
    one = played(stage, "2:", story)
    sent = [event for event in one.events if isinstance(event, RequestSent) and event.phase == STORY]
    assert [(event.url.split("/")[1], event.worker, event.composed) for event in sent] == [
        ("put", 1, False),
        ("view", 2, True),
        ("view", 1, False),
    ]
    assert one.order == "2:aaa"


def test_a_killed_worker_stays_away_and_the_others_serve(stage: Stage) -> None:
    events = played(stage, "2:aK1abb").events
    gone = next(event for event in events if isinstance(event, WorkerExited))
    assert (gone.worker, gone.wanted) == (1, True)
    assert sum(isinstance(event, WorkerExited) and event.worker == 1 for event in events) == 1
    assert next(event.action for event in events if isinstance(event, LifecycleChanged)) == "kill"
    later = [event for event in events if isinstance(event, RequestSent) and event.step > (gone.step or 0)]
    assert {event.worker for event in later if event.phase != RELOAD_SWEEP} == {2}


def test_a_worker_that_only_more_workers_have_is_left_alone(stage: Stage) -> None:
    story = Story("alice: GET /view shows\noperator: recycle 2")
    changes = [event for event in played(stage, "1:oa", story).events if isinstance(event, LifecycleChanged)]
    assert [(change.action, change.worker) for change in changes] == [("recycle", 2), ("reload", None)]
    with pytest.raises(OrderError, match="there is no worker 5 to kill"):
        played(stage, "2:oa", Story("alice: GET /view shows\noperator: kill 5"))


def test_a_worker_that_dies_while_serving_is_named(stage: Stage) -> None:
    story = Story("data: items\nalice: GET /die\nalice: GET /view  shows data")
    failed = [event for event in played(stage, "2:", story).events if isinstance(event, RequestFailed)]
    assert [(event.reason, "SIGKILL" in event.detail) for event in failed] == [("worker-died", True)]


def test_a_request_that_hangs_is_stopped_and_says_where(stage: Stage) -> None:
    story = Story("data: items\nalice: GET /sleep\nalice: GET /view  shows data")
    failed = [event for event in played(stage, "2:", story).events if isinstance(event, RequestFailed)]
    assert [event.reason for event in failed] == ["timeout"]
    assert "time.sleep(60)" in failed[0].where[0]


def test_a_program_that_raises_stops_and_the_others_go_on(stage: Stage) -> None:
    def alice(user: object) -> None:
        user.get("/view")  # type: ignore[attr-defined]
        raise KeyError("id")

    def bob(user: object) -> None:
        user.get("/view")  # type: ignore[attr-defined]

    one = played(stage, "2:", Story(users={"alice": alice, "bob": bob}))
    assert [(stopped.user, type(stopped.error)) for stopped in one.stopped] == [("alice", KeyError)]
    assert one.order == "2:ab"


def test_what_a_story_says_that_it_saw_is_written_down(stage: Stage) -> None:
    data = items("data", shared=True)

    def alice(user: User) -> None:
        item = user.token()
        user.get(f"/add/{item}", adds=data[item])
        user.get("/view", reads=data, sees=lambda answer: tuple(answer.json()[:1]))

    one = played(stage, "1:", Story(users={"alice": alice}, keys=[data]))
    seen = [event for event in one.events if isinstance(event, ValueSeen)]
    assert [(event.step, event.key, len(event.value)) for event in seen] == [(2, "data", 1)]  # type: ignore[arg-type]


def test_a_turn_of_somebody_who_has_no_step_left_is_refused(stage: Stage) -> None:
    with pytest.raises(OrderError, match="alice has no step left for turn 3"):
        played(stage, "2:aaa")


def test_an_interrupted_run_ends_in_the_record(stage: Stage) -> None:
    def interrupted(user: object) -> None:
        raise KeyboardInterrupt

    stage.plan = replace(stage.plan, story=Story(users={"alice": interrupted}))
    play = Play(stage, parse_order("2:", {"a": "alice"}), run=1)
    with pytest.raises(KeyboardInterrupt):
        play.perform()
    assert isinstance(play.events[-1], RunEnded)
    assert play.events[-1].reason == "interrupted"


def test_every_order_with_one_worker_and_two(folder: Path) -> None:
    from simulator.runner.run import every_order

    with Stage(Plan(target="list_app.py", cwd=folder, story=SHOPPING)) as stage:
        found = every_order(stage, Trials(stage, sink=None, tick=lambda: None))
    lost = Anomaly.LOST_WRITE.value
    assert [(one.case.label, one.story.run, one.story.failed.get(lost, 0)) for one in found] == [
        ("1 worker", 6, 0),
        ("2 workers", 6, 6),
        ("2 workers, each loading the app", 6, 6),
    ]
    assert found[0].after.failed[lost] == 6


def test_beyond_the_budget_a_sample_says_so(folder: Path) -> None:
    from simulator.runner.run import every_order

    plan = Plan(target="list_app.py", cwd=folder, story=SHOPPING, orders=3, seed=7, workers=1)
    with Stage(plan) as stage:
        (found,) = every_order(stage, Trials(stage, sink=None, tick=lambda: None))
    assert found.claim == "3 of 6 orders of 4 steps were tried (seed 7)"
    assert not found.is_complete
