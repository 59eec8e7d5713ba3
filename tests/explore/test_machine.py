"""The graph on real processes, against playing every routing for real."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulator import items
from simulator.checkers.finding import Anomaly, Finding
from simulator.events import RequestFailed, RequestSent, ResponseReceived
from simulator.explore.graph import Graph, World
from simulator.explore.heard import Heard, Unexplorable
from simulator.explore.monitor import Rules
from simulator.explore.rounds import Rounds
from simulator.explore.run import run
from simulator.explore.search import Search
from simulator.explore.walk import Limits, explore
from simulator.runner.again import play_again
from simulator.runner.cases import Case
from simulator.runner.plan import Plan
from simulator.runner.play import Extent, Play
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.orders import Orders
from simulator.story.routings import routings
from simulator.story.schedule import LoadMode, Schedule, Turn
from simulator.story.story import Story
from simulator.users.client import User

APP = """
import functools, sqlite3, time, uuid
from flask import Flask, session

app = Flask(__name__)
app.secret_key = "fixed"
the_list = []


def prices():
    connection = sqlite3.connect("prices.db")
    connection.execute("CREATE TABLE IF NOT EXISTS prices (price)")
    return connection


@functools.lru_cache
def price():
    with prices() as connection:
        return [row[0] for row in connection.execute("SELECT price FROM prices")]


@app.get("/view")
def view():
    return the_list


@app.get("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list


@app.get("/price")
def show_price():
    return price()


@app.get("/set/<value>")
def set_price(value):
    with prices() as connection:
        connection.execute("INSERT INTO prices VALUES (?)", [value])
    price.cache_clear()
    return price()


@app.get("/me")
def me():
    session.setdefault("id", str(uuid.uuid4()))
    session["seen"] = session.get("seen", 0) + 1
    return {"id": session["id"], "seen": session["seen"], "at": int(time.time()), "token": uuid.uuid4().hex}


kept = {}


@app.get("/kept")
def show_kept():
    if not kept or time.time() - kept["at"] > 3:
        kept.update(at=time.time(), value=list(the_list))
    return kept["value"]
boxes = {}


@app.post("/boxes")
def new_box():
    return {"box": uuid.uuid4().hex}


@app.get("/boxes/<box>/<item>")
def put(box, item):
    boxes.setdefault(box, []).append(item)
    return boxes[box]


@app.get("/seat")
def seat():
    # the first who comes gets number 1
    with prices() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS seats (item)")
        session["seat"] = connection.execute("INSERT INTO seats VALUES ('')").lastrowid
    return "sit down"


@app.get("/seat/<item>")
def lay_down(item):
    with prices() as connection:
        connection.execute("UPDATE seats SET item = ? WHERE rowid = ?", [item, session["seat"]])
    return "kept"


@app.get("/what")
def what():
    with prices() as connection:
        return [row[0] for row in connection.execute("SELECT item FROM seats WHERE rowid = ?", [session["seat"]])]


@app.get("/odd")
def odd():
    # never twice the same, however quickly it is asked again
    with open("/proc/sys/kernel/random/uuid") as file:
        return file.read()
"""

PAGES = ("add/x", "view", "price", "set/y", "price", "view", "add/z", "set/w")
EXHAUSTIVE = os.environ.get("WORKERSIM_EXHAUSTIVE", "")
"""Empty: small sizes. "once": 8 steps on up to 3 workers that were forked from one load, which takes minutes.
Anything else: also on workers that load for themselves, which takes longer than everything else together.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    (folder / "shop.py").write_text(APP)
    return folder


def plan(folder: Path, story: Story, workers: int = 2) -> Plan:
    return Plan(target="shop.py", cwd=folder, story=story, workers=workers)


def requests(count: int) -> Story:
    return Story("data: shared items\n" + "\n".join(f"alice: GET /{page}" for page in PAGES[:count]))


def played(stage: Stage, workers: int, count: int, load: LoadMode) -> Iterator[tuple[int, bytes]]:
    """Every answer of every routing, as (step, body)."""
    for routing in routings(count, workers):
        turns = tuple(Turn(user="alice", worker=worker) for worker in routing)
        schedule = Schedule(workers=workers, turns=turns, load=load)
        extent = Extent(to_the_end=False, sweep=False, reload=False)
        for event in Play(stage, schedule, run=1, extent=extent).perform().events:
            if isinstance(event, ResponseReceived):
                yield event.step, event.body


def explored(stage: Stage, workers: int, load: LoadMode, *, merges: bool) -> tuple[set[tuple[int, bytes]], int]:
    search = Search(stage, merges=merges)
    story = stage.plan.story
    graph = explore(
        search._machine(load), search._scripts, Rules(story, workers=workers, seed=0), workers=workers, limits=Limits()
    )
    answers = set()
    for edge in graph.all_edges():
        assert edge.answer is not None
        assert edge.answer.reply is not None
        sent = next(event for event in edge.answer.events if isinstance(event, RequestSent))
        assert sent.user == "alice"
        answers.add((len(graph.way_to(edge.source)) + 1, edge.answer.reply.body))
    return answers, search.asked


def sizes() -> Iterator[tuple[LoadMode, int, int]]:
    """How to load, how many steps, how many workers."""
    for load in LoadMode:
        is_large = EXHAUSTIVE not in (("",) if load is LoadMode.ONCE else ("", "once"))
        small = [(5, 2), (4, 3)] if load is LoadMode.ONCE else [(5, 2), (3, 3)]  # here each worker of each is a load
        for count, workers in [(8, 2), (8, 3)] if is_large else small:
            yield load, count, workers


@pytest.mark.parametrize(("load", "count", "workers"), [*sizes()])
def test_the_answers_are_those_of_every_routing(folder: Path, count: int, workers: int, load: LoadMode) -> None:
    with Stage(plan(folder, requests(count), workers)) as stage:
        by_hand = set(played(stage, workers, count, load))
        assert explored(stage, workers, load, merges=True)[0] == by_hand
        assert explored(stage, workers, load, merges=False)[0] == by_hand


NAMED = """
    data: shared items
    alice: GET /add/VALUE
    alice: GET /kept
"""
ACTS = {
    "wait": ("alice: GET /kept", "world: wait 5s"),
    "recycle": ("operator: recycle 2", "operator: recycle 2"),
    "kill": ("operator: kill 2", "operator: recycle 2"),
    "reload": ("operator: kill 1", "operator: reload"),
}


@pytest.mark.parametrize("acts", ACTS.values(), ids=ACTS)
def test_what_happens_between_requests_is_part_of_the_graph(folder: Path, acts: tuple[str, ...]) -> None:
    """Time that goes by, and what is done to workers by their numbers."""
    story = Story(NAMED + "\n".join(acts))
    orders = Orders(story.steps or {})
    extent = Extent(to_the_end=False, sweep=False, reload=False)
    by_hand = set()
    with Stage(plan(folder, story)) as stage:
        for order in orders:
            for routing in routings(order.count("alice"), 2):
                workers = iter(routing)
                turns = tuple(Turn(user=one, worker=next(workers) if one == "alice" else None) for one in order)
                events = Play(stage, Schedule(workers=2, turns=turns), run=1, extent=extent).perform().events
                if not any(isinstance(event, RequestFailed) for event in events):  # dealt to a worker that is gone
                    by_hand.add(tuple(event.body for event in events if isinstance(event, ResponseReceived)))
        search = Search(stage)
        graph = explore(
            search._machine(LoadMode.ONCE),
            search._scripts,
            Rules(story, workers=2, seed=0),
            workers=2,
            limits=Limits(),
            is_numbered=search._scripts.names_workers,
        )
        assert set(bodies(graph, graph.start, ())) == by_hand
        assert Rounds(graph, str).counts().run == orders.total
        for candidate in search.case(Case(workers=2, load=LoadMode.ONCE)).candidates:
            trials = Trials(stage, sink=None, tick=lambda: None)
            assert play_again(candidate, trials).same


def bodies(graph: Graph[Heard, Finding], world: World, so_far: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """The answers of every way to an end."""
    if not graph.edges[world]:
        yield so_far
    for edge in graph.edges[world]:
        reply = edge.answer.reply if edge.answer is not None else None
        yield from bodies(graph, edge.target, so_far if reply is None else (*so_far, reply.body))


def test_where_no_worker_is_left_the_graph_ends(folder: Path) -> None:
    with (
        Stage(plan(folder, Story(NAMED + "operator: kill 1"))) as stage,
        pytest.raises(Unexplorable, match="no worker"),
    ):
        Search(stage).case(Case(workers=1, load=LoadMode.ONCE))


def test_what_the_story_itself_sees_is_judged_in_the_graph(folder: Path) -> None:
    def alice(user: User) -> None:
        value = user.token()
        user.get(f"/add/{value}", adds=data[value])
        user.get("/view", reads=data, sees=lambda answer: tuple(answer.json()))

    data = items("data")
    result = run(replace(plan(folder, Story(users={"alice": alice}, keys=[data])), blame=False))
    assert [one.order for one in result.examples] == ["2:aa"]
    assert result.examples[0].finding.name is Anomaly.LOST_WRITE
    assert "in all 2 different routings" in result.orders.claim
    assert not any("for real" in note for note in result.notes)


def test_a_cache_that_keeps_times_is_explored_like_any_other(folder: Path) -> None:
    """How many thousandths of a second apart two steps were does not make an answer another one."""
    story = Story("data: shared items\n" + "alice: GET /kept\n" * 4)
    with Stage(plan(folder, story, 3)) as stage:
        search = Search(stage)
        search._machine(LoadMode.ONCE).audited = 1.0
        search.case(Case(workers=3, load=LoadMode.ONCE))


def test_a_million_routings_need_a_few_dozen_requests(folder: Path) -> None:
    story = Story("data: shared items\n" + "\n".join(f"alice: GET /{page}" for page in (*PAGES, "view", "price")))
    with Stage(replace(plan(folder, story, 4), reload=False)) as stage:
        search = Search(stage)
        found = search.case(Case(workers=4, load=LoadMode.ONCE))
    assert found.claim.startswith("the one order of 10 steps in all 43,947 different routings")
    assert search.asked < 200


def test_what_does_not_repeat_is_noticed_left_out_and_named(folder: Path) -> None:
    story = Story("data: shared items\n" + "alice: GET /odd\n" * 3)
    with Stage(plan(folder, story, 3)) as stage:
        search = Search(stage)
        search._machine(LoadMode.ONCE).audited = 1.0
        found = search.case(Case(workers=3, load=LoadMode.ONCE))
    assert found.is_complete
    assert found.notes == ("GET /odd: two runs of the same order differ in the first word, which was left out.",)


def test_the_same_request_of_two_users_draws_for_each_of_them(folder: Path) -> None:
    """Remembered answers would give bob the number of alice's box, and so what she put into it."""
    story = Story(
        "box: private items\n"
        "alice: POST /boxes -> $a=box\nalice: GET /boxes/$a/VALUE adds box shows box\n"
        "bob: POST /boxes -> $b=box\nbob: GET /boxes/$b/VALUE adds box shows box"
    )
    with Stage(plan(folder, story, 1)) as stage:
        found = Search(stage).case(Case(workers=1, load=LoadMode.ONCE))
    assert found.story.failed == {}


def test_each_user_looks_again_with_his_own_cookies(folder: Path) -> None:
    """Whoever came first has the cookie with number 1, also at the end of the story."""
    lines = ["{0}: GET /seat", "{0}: GET /seat/VALUE adds seat", "{0}: GET /what shows seat"]
    story = Story(
        "\n".join(["seat: private items", *(line.format(user) for user in ("alice", "bob") for line in lines)])
    )
    with Stage(plan(folder, story, 1)) as stage:
        found = Search(stage).case(Case(workers=1, load=LoadMode.ONCE))
    assert found.after.failed == {}
