"""The variable and the lines behind a finding, on real workers: every lesson, and every way to hide state."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.explore.blame import Blamer
from simulator.explore.run import run
from simulator.reports.json import document
from simulator.result import Blame, Example, Place, Result
from simulator.runner import catalogue
from simulator.runner.examples import examples
from simulator.runner.plan import Plan
from simulator.runner.play import Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.order_token import parse_order
from simulator.story.scenario import Scenario, Variant
from simulator.story.story import Story

HIDDEN = Path(__file__).parents[1] / "apps" / "hidden_state"
TABLE: Mapping[str, Any] = tomllib.loads((HIDDEN / "table.toml").read_text())
TOKEN = re.compile("wsim[a-z2-7]+")

SAYS_IT = Story("data: shared items\nalice: GET /add/VALUE adds data\nalice: GET /view shows data")

NOT_SEEN = {"standard_module"}
"""Python's own modules are not looked into."""
OTHER_LINES = {
    "generator": ("shelf = keeper()", "item = yield items"),  # it is changed once more when it stops there
    "fastapi_dependency": ("self.wishes: list[str] = []", "wishes.append(item)"),
}
"""Lines that are as right as those of the table."""


def text(place: Place | None) -> str | None:
    return place.text if place is not None else None


def play(plan: Plan, order: str) -> tuple[Example, ...]:
    """The examples of one order and nothing else, each explained."""
    with Stage(plan) as stage:
        player = Trials(stage, sink=None, tick=lambda: None)
        schedule = parse_order(order, plan.story.letters)
        extent = Extent(to_the_end=False, sweep=False, reload=False)
        found = player.only(player.one(schedule, extent))
        return tuple(examples(found.candidates, player, Blamer(stage, player).explain))


def blame_of(example: Example) -> Blame:
    assert example.proven
    assert example.blame is not None
    return example.blame


IS_FULL = os.environ.get("WORKERSIM_CONTRACT") == "full"
SOME = frozenset(
    {
        "module_list",
        "rebound_global",
        "class_attribute",
        "mutable_default",
        "closure_rebound",
        "lru_cache",
        "instance_attribute",
        "descriptor",
        "singleton",
        "context_variable",
        "app_config",
        "environment",
        "other_module",
        "standard_module",
        "third_party_module",
        "flask_caching_simple",
        "sqlite_memory",
        "generator",
        "django_middleware",
        "django_locmem",
        "fastapi_app_state",
        "fastapi_dependency",
    }
)
"""What is tried unless everything is asked for (see tests/scenarios/test_contract.py)."""


@pytest.mark.parametrize(
    "name", [one for one, row in TABLE.items() if row.get("tokens", True) and (IS_FULL or one in SOME)]
)
def test_hidden_state_is_named_with_its_lines_or_honestly_not_found(name: str) -> None:
    row = TABLE[name]
    pytest.importorskip(row.get("requires", "flask"))
    (example,) = play(Plan(target=f"{name}.py", cwd=HIDDEN, story=SAYS_IT), "2:aa")
    blame = blame_of(example)
    if name in NOT_SEEN:
        assert blame == Blame(
            name="", reason="no variable that can be seen differs: it may be in a library, in C code or in a file"
        )
        return
    assert row["variable"] in blame.name
    assert not TOKEN.search(repr((blame, example)).replace(repr(example.finding.witnesses), ""))
    lines = OTHER_LINES.get(name, (row.get("defined"), row["changed"]))
    assert (text(blame.defined), text(blame.changed)) == lines
    for place in (blame.defined, blame.changed, blame.read):
        if place is not None:
            assert (HIDDEN / place.file).read_text().splitlines()[place.line - 1].strip() == place.text
    assert blame.scope == "each worker has its own copy"
    assert not blame.values or dict(blame.values)[1] != dict(blame.values)[2]


OF_OTHERS = {"wrong-middleware", "wrong-context-variable", "wrong-cache", "wrong-cached-dependency", "wrong-startup"}


def lessons() -> list[Any]:
    found = [
        (catalogue.find(name), variant) for name in catalogue.names() for variant in catalogue.find(name)[0].variants
    ]
    return [
        pytest.param(scenario, folder, variant, id=f"{scenario.name}-{variant.framework}-{variant.name}")
        for (scenario, folder), variant in found
        if variant.expects and (variant.where or variant.changed)
        if IS_FULL or variant.framework == "flask" or variant.name in OF_OTHERS
    ]


ORDERS = {"stale-value": {2: "1:wa", 3: "1:awa"}, "lost-write": {2: "2:aa", 3: "2:aba~sticky"}}


@pytest.mark.parametrize(("scenario", "folder", "variant"), lessons())
def test_a_lesson_s_variable_and_its_lines_are_named(scenario: Scenario, folder: Path, variant: Variant) -> None:
    order = ORDERS.get(scenario.name, {}).get(variant.fewest_steps or 2, "2:aa")
    if variant.name == "wrong-update-view":
        order = "2:aa"
    with catalogue.workspace(scenario, folder, variant) as place:
        found = play(catalogue.plan(scenario, variant, place), order)
    (example,) = (one for one in found if one.finding.name in variant.expects)
    blame = blame_of(example)
    named = variant.where or variant.changed
    assert named is not None
    assert named.variable in blame.name
    if variant.where is not None:
        assert (text(blame.defined), blame.defined and blame.defined.file) == (variant.where.text, variant.where.file)
    if variant.changed is not None:
        assert (text(blame.changed), blame.changed and blame.changed.file) == (
            variant.changed.text,
            variant.changed.file,
        )
    else:
        assert blame.changed is None
    computed = {"1:wa": "computed once, when the app was loaded", "1:awa": "kept by each worker once it was computed"}
    assert blame.scope == computed.get(order, "each worker has its own copy")
    assert blame.values or blame.name == "db", "what a database holds is not shown"
    assert all(step.memory for step in example.steps if step.worker)


@pytest.mark.parametrize("variant", ["broken", "wrong-class-attribute"])
def test_a_leak_is_one_variable_for_all_users_of_a_worker(variant: str) -> None:
    scenario, folder = catalogue.find("cross-user-leak")
    chosen = scenario.variant(variant, "flask")
    with catalogue.workspace(scenario, folder, chosen) as place:
        (example,) = play(catalogue.plan(scenario, chosen, place), "1:ab")
    blame = blame_of(example)
    assert chosen.where is not None
    assert (blame.name, text(blame.defined)) == (chosen.where.variable, chosen.where.text)
    assert blame.scope == "one list for all users of a worker"
    assert blame.values == ((1, "['alice-1', 'bob-1']"),)
    assert [step.memory[1] for step in example.steps] == [
        ((blame.name, "['alice-1']"),),
        ((blame.name, "['alice-1', 'bob-1']"),),
    ]


def test_requests_over_http_lead_to_the_same_variable_and_lines() -> None:
    scenario, folder = catalogue.find("lost-write")
    variant = scenario.variant("broken", "flask")
    with catalogue.workspace(scenario, folder, variant) as place:
        plan = replace(catalogue.plan(scenario, variant, place), order="2:aa")
        direct, http = (run(replace(plan, way=way)).examples for way in ("direct", "http"))
    assert blame_of(direct[0]).name == "the_list"
    assert direct == http


def test_what_no_variable_kept_is_not_found(tmp_path: Path) -> None:
    scenario, folder = catalogue.find("cross-user-leak")
    variant = scenario.variant("wrong-flask-g")
    with catalogue.workspace(scenario, folder, variant) as place:
        (example,) = play(catalogue.plan(scenario, variant, place), "1:aa")
    assert blame_of(example) == Blame(name="", reason="no variable that can be seen kept it beyond its request")


TWINS = """
from flask import Flask
app = Flask(__name__)
one, two = [], []

@app.route("/add/<item>")
def add(item):
    one.append(item)
    two.append(item)
    return "added"

@app.route("/view")
def view():
    return {"one": globals()["one"], "two": len(vars()) and list(globals()["two"])}
"""


def test_of_two_variables_that_fit_equally_well_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "twins.py").write_text(TWINS.replace('globals()["one"]', "[*one]").replace('globals()["two"]', "two"))
    (example,) = play(Plan(target="twins.py", cwd=tmp_path, story=SAYS_IT), "2:aa")
    assert blame_of(example) == Blame(name="", reason="several variables differ: one, two")
    (tmp_path / "twins.py").write_text(
        TWINS.replace('"one": globals()["one"], ', "").replace('globals()["two"]', "two")
    )
    (example,) = play(Plan(target="twins.py", cwd=tmp_path, story=SAYS_IT), "2:aa")
    assert blame_of(example).name == "two", "the marked answer reads only this one"


LOADS = """
from flask import Flask
app = Flask(__name__)
visits = []

def note(where):
    where.append(len(where))

@app.route("/")
def index():
    note(visits)
    return str(len(visits))
"""


def whole(tmp_path: Path, source: str, story: str, **options: Any) -> Result:
    (tmp_path / "shop.py").write_text(source)
    return run(Plan(target="shop.py", cwd=tmp_path, story=Story(story), **options))


def test_answers_that_depend_on_the_worker_lead_to_the_variable(tmp_path: Path) -> None:
    result = whole(tmp_path, LOADS, "alice: GET /\nalice: GET /")
    names = {example.finding.name: blame_of(example) for example in result.examples}
    depends, kept = names["worker-dependent"], names["kept-in-process"]
    assert {blame.name for blame in names.values()} == {"visits"}
    assert (text(depends.defined), text(depends.changed)) == ("visits = []", "where.append(len(where))")
    assert depends.changed is not None
    assert depends.changed.function == "note"
    assert text(depends.read) == "return str(len(visits))"
    assert depends.scope == "each worker has its own copy"
    assert kept.scope == "made anew when the app is loaded"
    assert result.sources["shop.py"] == tuple(LOADS.splitlines())


PAGE = """
from flask import Flask, render_template
app = Flask(__name__)
wishes = []

@app.route("/add/<item>")
def add(item):
    wishes.append(item)
    return "added"

@app.route("/view")
def view():
    return render_template("page.html", **globals())
"""


def test_the_line_of_a_template_is_the_one_that_reads(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(PAGE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text("<h1>Yours</h1>\n\n{{ wishes|join(' ') }}\n")
    (example,) = play(Plan(target="shop.py", cwd=tmp_path, story=SAYS_IT), "2:aa")
    read = blame_of(example).read
    assert read == Place(file="templates/page.html", line=3, text="{{ wishes|join(' ') }}", function="")


MADE_BY_LOAD = {
    "app.secret_key = os.urandom(24)": "app.config['SECRET_KEY']",
    "app.config['SECRET_KEY'] = secrets.token_hex()": "app.config['SECRET_KEY']",
    "def stamp(now=datetime.now()):": "now",
    "rng = random.Random()": "rng",
}
"""A line, and the variable that each load makes differently by it."""
SESSIONS = """
import os, random, secrets
from datetime import datetime
from flask import Flask, session
app = Flask(__name__)
app.secret_key = "k"
{line}
    return now

@app.route("/add/<item>")
def add(item):
    session["item"] = item
    return "added"

@app.route("/view")
def view():
    return session.get("item", "nothing")

@app.route("/now")
def now():
    return str(stamp())

@app.route("/draw")
def draw():
    return str(rng.random())
"""


@pytest.mark.parametrize(
    ("line", "story", "order"),
    [
        ("app.secret_key = os.urandom(24)", SAYS_IT, "2:aa~per-worker"),
        ("app.config['SECRET_KEY'] = secrets.token_hex()", SAYS_IT, "1:aRa"),
        ("def stamp(now=datetime.now()):", Story("alice: GET /now"), "1:Ra"),
        ("rng = random.Random()", Story("alice: GET /draw"), "1:Ra"),
    ],
)
def test_what_each_load_makes_differently_is_named(tmp_path: Path, line: str, story: Story, order: str) -> None:
    source = SESSIONS.format(line=line).replace('app.secret_key = "k"\n', "")
    (tmp_path / "shop.py").write_text(source if "def stamp" in line else source.replace("    return now\n\n", "\n", 1))
    result = run(Plan(target="shop.py", cwd=tmp_path, story=story, order=order))
    (blame,) = (blame_of(example) for example in result.examples)
    assert (blame.name, text(blame.defined)) == (MADE_BY_LOAD[line], line)
    assert blame.scope == "made anew when the app is loaded"


CHOICES = """
import sqlite3
from flask import Flask
app = Flask(__name__)

def subjects(*new):
    with sqlite3.connect("school.db") as db:
        db.execute("CREATE TABLE IF NOT EXISTS subject (name)")
        db.executemany("INSERT INTO subject VALUES (?)", [new] if new else [])
        return [name for name, in db.execute("SELECT name FROM subject")]

choices = subjects()

@app.route("/add/<item>")
def add(item):
    subjects(item)
    return "added"

@app.route("/view")
def view():
    return choices
"""


def test_what_was_read_once_at_load_is_named_where_it_misses_what_came_later(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(CHOICES)
    (example,) = play(Plan(target="shop.py", cwd=tmp_path, story=SAYS_IT, stores=("school.db",)), "1:aa")
    blame = blame_of(example)
    assert (blame.name, text(blame.defined), text(blame.read)) == ("choices", "choices = subjects()", "return choices")
    assert blame.scope == "computed once, when the app was loaded"


def test_no_token_is_left_in_what_reports_show(tmp_path: Path) -> None:
    scenario, folder = catalogue.find("stale-value")
    variant = scenario.variant("wrong-update-view")
    with catalogue.workspace(scenario, folder, variant) as place:
        result = run(replace(catalogue.plan(scenario, variant, place), order="2:aa"))
    shown = json.dumps(document(result))
    assert not TOKEN.search(shown)
    assert "alice-1" in shown
    scenario, folder = catalogue.find("lost-write")
    with catalogue.workspace(scenario, folder, scenario.variant("broken")) as place:
        plan = replace(catalogue.plan(scenario, scenario.variant("broken"), place), order="2:aa")
        shown = json.dumps([document(run(plan)), document(run(replace(plan, blame=False)))])
    assert not TOKEN.search(shown)


def test_nobody_looks_where_nobody_asks(tmp_path: Path) -> None:
    scenario, folder = catalogue.find("lost-write")
    with catalogue.workspace(scenario, folder, scenario.variant("broken")) as place:
        plan = replace(catalogue.plan(scenario, scenario.variant("broken"), place), order="2:aa")
        explained, plain = run(plan), run(replace(plan, blame=False))
    assert [example.blame for example in plain.examples] == [None]
    assert explained.runs == plain.runs, "the lines come with the proof"


LARGE = """
from flask import Flask
app = Flask(__name__)
catalogue = {number: [str(number)] for number in range(3_000)}
seen = []
@app.route("/add/<item>")
def add(item):
    found = 0
    for number in range(60):
        found += number in catalogue
    seen.append(item)
    return seen
@app.route("/view")
def view():
    return seen
"""


def test_where_looking_takes_long_the_lines_come_from_one_more_replay(tmp_path: Path) -> None:
    """There is no time to go through so much after each of so many lines."""
    (tmp_path / "app.py").write_text(LARGE)
    plan = Plan(target="app.py", cwd=tmp_path, story=SAYS_IT, workers=2, order="2:aa")
    explained, plain = run(plan), run(replace(plan, blame=False))
    assert explained.runs == plain.runs + 1
    blame = blame_of(explained.examples[0])
    assert (blame.name, text(blame.changed), text(blame.read)) == ("seen", "seen.append(item)", "return seen")
