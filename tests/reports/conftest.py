"""Results as runs of the article's application give them, for every report."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.checkers.finding import Anomaly, Finding, Verdict
from simulator.events import (
    AppLoaded,
    AppRaised,
    Effect,
    Event,
    LifecycleChanged,
    Logged,
    OutsideChanged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RunEnded,
    RunStarted,
    WorkerExited,
    WorkerStarted,
)
from simulator.result import Blame, Example, Orders, Place, Result, Row, Shown, ShownStep, Tried, Unknown

SOURCE = (
    "from flask import Flask",
    "",
    "app = Flask(__name__)",
    "the_list = []",
    "",
    "",
    '@app.route("/view")',
    "def view():",
    "    return the_list",
    "",
    "",
    '@app.route("/add/<item>")',
    "def add(item):",
    "    the_list.append(item)",
    "    return the_list",
)
STORY = """
    alice: GET /add/VALUE
    alice: GET /view  shows
    bob: GET /add/VALUE
    bob: GET /view  shows
"""
DEFINED = Place(file="flask_app.py", line=4, text="the_list = []")
CHANGED = Place(file="flask_app.py", line=14, text="the_list.append(item)", function="add")
READ = Place(file="flask_app.py", line=9, text="return the_list", function="view")


def step(number: int, user: str, request: str, worker: int | None, answer: str, mark: str = "", *codes: str, **more):
    return ShownStep(
        number=number, user=user, request=request, worker=worker, answer=answer, mark=mark, codes=codes, **more
    )


def held(*copies: str):
    """What the workers hold, from worker 1 on."""
    return {number: (("the_list", copy),) for number, copy in enumerate(copies, 1)}


LOST = Example(
    finding=Finding(
        name=Anomaly.LOST_WRITE,
        key="data",
        step=2,
        user="alice",
        worker=2,
        expected="alice-1",
        got=(),
        owner="alice",
        why="alice-1 was added and answered, and is missing from the whole page",
        own_write=True,
    ),
    order="2:aa",
    proven=True,
    steps=(
        step(1, "alice", "GET /add/alice-1", 1, '["alice-1"]', status=200, memory=held("['alice-1']", "[]")),
        step(2, "alice", "GET /view", 2, "[]", "alice-1 is missing", "W002", memory=held("['alice-1']", "[]")),
    ),
    blame=Blame(
        name="the_list",
        kind="global",
        scope="each worker has its own copy",
        defined=DEFINED,
        changed=CHANGED,
        read=READ,
        values=((1, "['alice-1']"), (2, "[]")),
    ),
)
LEAK = Example(
    finding=Finding(
        name=Anomaly.LEAK, key="data", step=2, user="bob", worker=1, expected=None, got="alice-1", owner="alice"
    ),
    order="1:ab",
    proven=True,
    steps=(
        step(1, "alice", "GET /add/alice-1", 1, '["alice-1"]', memory=held("['alice-1']")),
        step(
            2,
            "bob",
            "GET /add/bob-1",
            1,
            '["alice-1", "bob-1"]',
            "alice-1 shown to bob",
            "W003",
            memory=held("['alice-1', 'bob-1']"),
        ),
    ),
    blame=Blame(
        name="the_list",
        kind="global",
        scope="one list for all users of a worker",
        defined=DEFINED,
        values=((1, "['alice-1', 'bob-1']"),),
    ),
)
WHOLE = Shown(
    order="2:abb",
    steps=(
        step(1, "alice", "GET /add/alice-1", 1, '["alice-1"]', memory=held("['alice-1']", "[]")),
        step(2, "bob", "GET /add/bob-1", 2, '["bob-1"]', memory=held("['alice-1']", "['bob-1']")),
        step(
            3,
            "bob",
            "GET /view",
            1,
            '["alice-1"]',
            "bob-1 is missing, and alice-1 is shown to bob",
            "W002",
            "W003",
            memory=held("['alice-1']", "['bob-1']"),
        ),
    ),
)


@pytest.fixture
def broken() -> Result:
    """The article's application: a list at module level."""
    return Result(
        app="flask_app.py",
        title='Flask app "app"',
        workers=2,
        load="once",
        users=("alice", "bob"),
        verdict=Verdict.PROBLEM,
        orders=Orders(run=6, failed=4, total=6, complete=True, claim="all 6 orders of 4 requests"),
        rows=(
            Row(label="1 worker", workers=1, load="once", run=6, failed={"lost-write": 0, "cross-user-leak": 6}),
            Row(label="2 workers", workers=2, load="once", run=6, failed={"lost-write": 4, "cross-user-leak": 4}),
        ),
        examples=(LOST, LEAK),
        runs=12,
        took_s=0.31,
        record=".workersim/latest.jsonl",
        command="workersim run flask_app.py --write /add/VALUE --read /view",
        shown=(WHOLE,),
        tried=(
            Tried(order="2:aabb", verdict=Verdict.PROBLEM, names=("lost-write",)),
            Tried(order="2:abab", verdict=Verdict.OK),
        ),
        sources={"flask_app.py": SOURCE},
        story=STORY,
    )


@pytest.fixture
def fixed() -> Result:
    """The same with one row per item and user in a database."""
    earlier = {0: (("items.db", "alice-1 (alice)"),)}
    outside = {0: (("items.db", "alice-1 (alice), bob-1 (bob)"),)}
    return Result(
        app="fixed_app.py",
        title='Flask app "app"',
        workers=2,
        load="once",
        users=("alice", "bob"),
        verdict=Verdict.OK,
        orders=Orders(run=6, failed=0, total=6, complete=True, claim="all 6 orders of 4 requests"),
        rows=(
            Row(label="1 worker", workers=1, load="once", run=6, failed={}),
            Row(label="2 workers", workers=2, load="once", run=6, failed={}),
        ),
        runs=12,
        took_s=0.4,
        record=".workersim/latest.jsonl",
        command="workersim run fixed_app.py --write /add/VALUE --read /view",
        shown=(
            Shown(
                order="2:abb",
                steps=(
                    step(1, "alice", "GET /add/alice-1", 1, '["alice-1"]', memory=earlier),
                    step(2, "bob", "GET /add/bob-1", 2, '["bob-1"]', memory=outside),
                    step(3, "bob", "GET /view", 1, '["bob-1"]', memory=outside),
                ),
            ),
        ),
        tried=(Tried(order="2:aabb", verdict=Verdict.OK), Tried(order="2:abab", verdict=Verdict.OK)),
    )


@pytest.fixture
def stale() -> Result:
    """A price that is read once, at load, with the world and the operator in the story."""
    finding = Finding(
        name=Anomaly.STALE_VALUE, key="price", step=3, user="alice", worker=1, expected="price-1", got="old", age_s=2.0
    )
    return Result(
        app="shop.wsgi",
        title="Django project shop",
        workers=3,
        load="per-worker",
        users=("alice",),
        verdict=Verdict.PROBLEM,
        orders=Orders(run=100, failed=100, total=34650, complete=False, claim="100 of 34,650 orders, seed 7", seed=7),
        rows=(
            Row(label="1 worker", workers=1, load="once", run=100, failed={"stale-value": 100}),
            Row(label="3 workers, after a reload", workers=3, load="once", run=0, failed={}),
            Row(label="3 workers, load per worker", workers=3, load="per-worker", run=100, failed={"stale-value": 100}),
        ),
        examples=(
            Example(
                finding=finding,
                order="1:awa~per-worker",
                proven=False,
                load="per-worker",
                steps=(
                    step(1, "alice", "GET /price", 1, "old"),
                    step(2, "world", "write price.txt price-1", None, ""),
                    step(3, "alice", "GET /price", 1, "old", "old was replaced at least 2.0 s before", "W001"),
                    step(4, "operator", "reload", None, "", phase="reload-sweep"),
                    step(5, "alice", "GET /price", 1, "price-1", phase="reload-sweep"),
                    step(6, "alice", "GET /price", 2, "Not Found", phase="reload-sweep", status=404),
                ),
                blame=Blame(name="", reason="the value was in no module of the application"),
            ),
        ),
        notes=("The app opened shop.db for writing, and nobody puts it back: declare it as a store.",),
        runs=200,
        took_s=2.5,
    )


@pytest.fixture
def unclear() -> Result:
    """The article's text as it stands: every URL is 404."""
    return Result(
        app="flask_app.py",
        title='Flask app "app"',
        workers=2,
        load="once",
        users=("alice", "bob"),
        verdict=Verdict.UNKNOWN,
        orders=Orders(run=6, failed=0, total=6, complete=True, claim="all 6 orders of 4 requests"),
        unknowns=(
            Unknown(
                what="all 24 answers were 404 Not Found, so nothing was checked",
                why=("the app knows: /static/<path:filename>",),
                do=('In flask_app.py:5 and :9 "app.route(...)" has no "@" in front of it.',),
            ),
        ),
        runs=12,
        took_s=0.2,
    )


@pytest.fixture
def hostile(broken: Result) -> Result:
    """Answers that try to leave their place: escape sequences, markup, wide characters, great length."""
    nasty = '\x1b[31m</script><script>alert(1)</script><!-- \u202e"quoted" & 漢字漢字 ' + "x" * 3000 + "\r\n\x07"
    first = replace(LOST.steps[0], answer=nasty, request="GET /add/" + "y" * 200)
    second = replace(LOST.steps[1], answer=nasty, mark="alice-1 </script> is missing \x1b[2J from a very long page" * 3)
    blame = replace(LOST.blame, values=((1, nasty[:200]), (2, "[]")), name="the_list</script>")  # type: ignore[type-var]
    return replace(broken, examples=(replace(LOST, steps=(first, second), blame=blame),), app="漢字/</script>.py")


@pytest.fixture
def events() -> tuple[Event, ...]:
    """Two runs with everything that can happen in them."""
    add, look = (Effect(kind="add", key="data", value="wsimabcdefghijkl"), Effect(kind="read", key="data"))
    first = RunStarted(
        t=0.0,
        run=1,
        app="flask_app.py",
        workers=2,
        load="once",
        order="2:aa",
        routing="round-robin",
        way="direct",
        seed=0,
        users=("alice", "bob"),
        keys=(),
    )
    return (
        first,
        AppLoaded(t=0.001, load=1, began=0.0, worker=None),
        WorkerStarted(t=0.002, worker=1, generation=0, pid=11, load=1),
        sent(1, "alice", 1, "POST", "/add?x=1&y=", 0.003, body=b"item=wsimabcdefghijkl", effects=(add,)),
        Logged(t=0.004, worker=1, step=1, user="alice", level="INFO", logger="app", message="added"),
        ResponseReceived(
            t=0.005,
            step=1,
            status=302,
            headers=(("Content-Type", "text/html"), ("Location", "/view")),
            body=b"wsimabcdefghijkl",
            cut=False,
            took_s=0.1,
        ),
        sent(2, "alice", 2, "GET", "/view", 0.006, effects=(look,)),
        ResponseReceived(
            t=0.007,
            step=2,
            status=200,
            headers=(("content-type", "image/png"),),
            body=b"\x89PNG\xff",
            cut=True,
            took_s=0.1,
        ),
        OutsideChanged(t=0.009, step=3, began=0.008, what="write price.txt price-1", effects=()),
        LifecycleChanged(t=0.011, step=4, began=0.010, action="reload", worker=None),
        RunEnded(t=0.012, reason="done"),
        replace(first, run=2, order="2:ab"),
        sent(1, "bob", 1, "GET", "/slow", 0.001),
        AppRaised(t=0.002, step=1, worker=1, error="KeyError: 7", lines=("app.py:9",)),
        RequestFailed(t=0.003, step=1, reason="worker-died", detail="SIGSEGV", where=()),
        WorkerExited(t=0.003, worker=1, pid=11, how="SIGSEGV", wanted=False, step=1),
        sent(2, "bob", 1, "GET", "/never-answered", 0.004),
        RunEnded(t=0.004, reason="interrupted"),
    )


def sent(number, user, worker, method, url, t, *, body=b"", effects=()):
    return RequestSent(
        t=t,
        step=number,
        user=user,
        worker=worker,
        method=method,
        url=url,
        headers=(("content-type", "application/x-www-form-urlencoded"),) if body else (),
        body=body,
        effects=effects,
        expect=(),
        phase="story",
        composed=False,
    )
