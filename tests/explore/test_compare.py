"""Stories of plain requests, nothing declared: what depends on the routing is found by comparing worlds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.checkers.finding import Verdict
from simulator.checkers.meaning import difference, meaning
from simulator.explore.run import run
from simulator.result import Result
from simulator.runner.plan import Plan
from simulator.story.schedule import LoadMode
from simulator.story.story import Story

HEAD = "import itertools, secrets, sqlite3\nfrom flask import Flask, request\napp = Flask(__name__)\n"

IN_MEMORY = {
    "list": """
notes = []

@app.post("/notes")
def add():
    notes.append(request.json["text"])
    return {"count": len(notes)}

@app.get("/notes")
def show():
    return notes
""",
    "ids": """
numbers = itertools.count(1)

@app.post("/notes")
def add():
    return {"id": next(numbers)}

@app.get("/notes")
def show():
    return {"ok": True}
""",
    "tokens": """
tokens = {}

@app.post("/notes")
def add():
    token = secrets.token_hex(8)
    tokens[token] = request.json["text"]
    return {"token": token}

@app.get("/notes")
def show():
    return {"text": tokens.get(request.headers.get("X-Token", ""), "nobody")}
""",
    "rebound": """
newest = "nothing"

@app.post("/notes")
def add():
    global newest
    newest = request.json["text"]
    return {"saved": True}

@app.get("/notes")
def show():
    return {"newest": newest}
""",
}

DATABASE = """
def rows(sql, *values):
    with sqlite3.connect("notes.db") as db:
        db.execute("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, token, text)")
        cursor = db.execute(sql, values)
        return cursor.lastrowid, cursor.fetchall()
"""

IN_DATABASE = {
    "list": """
@app.post("/notes")
def add():
    rows("INSERT INTO notes (text) VALUES (?)", request.json["text"])
    return {"count": rows("SELECT count(*) FROM notes")[1][0][0]}

@app.get("/notes")
def show():
    return [row[0] for row in rows("SELECT text FROM notes")[1]]
""",
    "ids": """
@app.post("/notes")
def add():
    return {"id": rows("INSERT INTO notes (text) VALUES ('')")[0]}

@app.get("/notes")
def show():
    return {"ok": True}
""",
    "tokens": """
@app.post("/notes")
def add():
    token = secrets.token_hex(8)
    rows("INSERT INTO notes (token, text) VALUES (?, ?)", token, request.json["text"])
    return {"token": token}

@app.get("/notes")
def show():
    found = rows("SELECT text FROM notes WHERE token = ?", request.headers.get("X-Token", ""))[1]
    return {"text": found[0][0] if found else "nobody"}
""",
    "rebound": """
@app.post("/notes")
def add():
    rows("INSERT INTO notes (text) VALUES (?)", request.json["text"])
    return {"saved": True}

@app.get("/notes")
def show():
    found = rows("SELECT text FROM notes ORDER BY id DESC LIMIT 1")[1]
    return {"newest": found[0][0] if found else "nothing"}
""",
}

PLAIN = Story("""
    alice: POST /notes {"text": "VALUE"}
    alice: POST /notes {"text": "VALUE"}
    alice: GET /notes
""")
WITH_TOKEN = Story("""
    alice: POST /notes {"text": "VALUE"}  -> $t=token
    alice: GET /notes [x-token: $t]
""")


def tried(folder: Path, code: str, story: Story) -> Result:
    (folder / "notes_app.py").write_text(HEAD + code)
    plan = Plan(target="notes_app.py", cwd=folder, story=story, loads=(LoadMode.ONCE,))
    return run(plan)


def story_for(name: str) -> Story:
    return WITH_TOKEN if name == "tokens" else PLAIN


@pytest.mark.parametrize(
    ("name", "step", "said"),
    [
        ("list", 2, "count: 1 instead of 2"),
        ("ids", 2, "id: 1 instead of 2"),
        ("tokens", 2, "text: nobody instead of alice-1"),
        ("rebound", 2, "newest: nothing instead of alice-1"),
    ],
)
def test_memory_makes_answers_depend_on_the_worker(tmp_path: Path, name: str, step: int, said: str) -> None:
    story = story_for(name)
    if name == "rebound":
        story = Story('alice: POST /notes {"text": "VALUE"}\nalice: GET /notes')
    result = tried(tmp_path, IN_MEMORY[name], story)
    assert result.verdict is Verdict.PROBLEM
    found = {example.finding.name.value: example for example in result.examples}
    example = found["worker-dependent"]
    assert example.proven
    assert example.finding.step == step
    assert said in example.finding.sub_kind
    assert "kept-in-process" in found


@pytest.mark.parametrize("name", IN_DATABASE)
def test_a_database_makes_every_routing_alike(tmp_path: Path, name: str) -> None:
    result = tried(tmp_path, DATABASE + IN_DATABASE[name], story_for(name))
    assert result.verdict is Verdict.OK, result
    assert result.orders.complete
    assert "routings" in result.orders.claim
    assert not (tmp_path / "notes.db").exists()


def test_what_others_did_is_told_and_is_no_problem(tmp_path: Path) -> None:
    story = Story('alice: POST /notes {"text": "VALUE"}\nbob: GET /notes')
    result = tried(tmp_path, DATABASE + IN_DATABASE["list"], story)
    assert result.verdict is Verdict.OK
    assert [note for note in result.notes if "bob's GET /notes shows what other users did" in note]


JSON = [(b"Content-Type", b"application/json")]
HTML = [(b"Content-Type", b"text/html; charset=utf-8")]


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        ((200, JSON, b'{"a": 1, "b": 2}'), (200, JSON, b'{"b":2,"a":1}'), ""),
        ((200, JSON, b"[1, 2]"), (200, JSON, b"[1]"), "2 is missing"),
        ((200, JSON, b"[1]"), (200, JSON, b"[1, 2]"), "2 is there too"),
        ((200, JSON, b'{"a": {"b": 1}}'), (200, JSON, b'{"a": {"b": 2}}'), "a.b: 2 instead of 1"),
        ((200, JSON, b'{"a": 1}'), (200, JSON, b"{}"), "a is missing"),
        ((200, JSON, b"true"), (200, JSON, b"1"), "1 instead of True"),
        ((200, HTML, b"<p>three  items</p>"), (200, HTML, b"<p class='x'>three items</p>"), ""),
        ((200, HTML, b"<p>three items</p>"), (200, HTML, b"<p>no items</p>"), "no instead of three"),
        ((200, HTML, b"<script>1</script>a"), (200, HTML, b"<script>2</script>a"), ""),
        ((200, HTML, b'<input value="x">'), (200, HTML, b'<input value="y">'), "y instead of x"),
        ((200, [], b"a"), (404, [], b"b"), "status 404 instead of 200"),
        ((302, [(b"location", b"/a")], b""), (302, [(b"location", b"/b")], b""), "leads to /b instead of /a"),
        ((200, [(b"set-cookie", b"s=1")], b""), (200, [(b"set-cookie", b"s=2")], b""), ""),
        ((200, [(b"set-cookie", b"s=1")], b""), (200, [], b""), "sets cookies none instead of s"),
    ],
)
def test_answers_are_compared_by_meaning(
    expected: tuple[int, list[tuple[bytes, bytes]], bytes], got: tuple[int, list[tuple[bytes, bytes]], bytes], said: str
) -> None:
    assert difference(meaning(*expected), meaning(*got)) == said


NOISY = """
import os
notes = []

@app.get("/")
def home():
    return f"served by {os.getpid()} at your service"

@app.post("/notes")
def add():
    notes.append(request.json["text"])
    return {"pid": os.getpid(), "saved": True}

@app.get("/notes")
def show():
    return {"pid": os.getpid(), "notes": notes}

@app.get("/log")
def log():
    with open("log.txt", "a") as file:
        file.write(f"{os.getpid()} ")
    return "written"

@app.get("/kept")
def kept():
    app.config.setdefault("first", os.getpid())
    return {"first": app.config["first"], "notes": len(notes)}
"""
PID = "GET /notes: two runs of the same order differ in `pid`, which was left out."


def noisy(tmp_path: Path, story: str) -> Result:
    (tmp_path / "notes.py").write_text(HEAD + NOISY)
    return run(Plan(target="notes.py", cwd=tmp_path, story=Story(story), loads=(LoadMode.ONCE,), blame=False))


def test_what_nobody_owns_is_left_out_and_named(tmp_path: Path) -> None:
    result = noisy(tmp_path, "alice: GET /\nalice: GET /notes\nbob: GET /")
    assert (result.verdict, result.examples) == (Verdict.OK, ())
    assert result.notes == (
        'GET /: two runs of the same order differ in what follows "by", which was left out.',
        PID,
    )


def test_beside_what_nobody_owns_differences_are_found_and_shown_alone(tmp_path: Path) -> None:
    result = noisy(tmp_path, 'alice: GET /\nalice: POST /notes {"text": "VALUE"}\nalice: GET /notes')
    assert result.verdict is Verdict.PROBLEM
    first = result.examples[0]
    assert (first.order, first.proven, first.finding.name) == ("2:aa~without-a1", True, "worker-dependent")
    assert first.finding.sub_kind == "lost: notes: alice-1 is missing"
    assert PID in result.notes


def test_what_nobody_owns_may_be_kept_in_memory_but_not_in_a_file(tmp_path: Path) -> None:
    result = noisy(tmp_path, "alice: GET /kept\nalice: GET /kept\nbob: GET /kept")
    assert result.verdict is Verdict.OK
    assert "GET /kept: two runs of the same order differ in `first`, which was left out." in result.notes
    result = noisy(tmp_path, "alice: GET /log\nalice: GET /log")
    assert any("is written to a store" in note for note in result.notes)


def test_one_order_alone_is_compared_with_one_worker_too(tmp_path: Path) -> None:
    """So that the order of an example can be played again, by the command and by a test."""
    (tmp_path / "notes.py").write_text(HEAD + NOISY)
    story = Story('alice: GET /\nalice: POST /notes {"text": "VALUE"}\nalice: GET /notes')
    plan = Plan(target="notes.py", cwd=tmp_path, story=story, blame=False)
    for order, name in (("2:aa~without-a1", "worker-dependent"), ("1:aaRa", "kept-in-process")):
        result = run(replace(plan, order=order))
        assert [(one.order, one.proven, one.finding.name) for one in result.examples] == [(order, True, name)]
    assert run(replace(plan, order="2:a1a1a1")).verdict is Verdict.OK


SEEDED = """
import time

with sqlite3.connect("shop.db") as db:
    db.execute("CREATE TABLE IF NOT EXISTS owner (name PRIMARY KEY)")
    if not db.execute("SELECT 1 FROM owner").fetchall():
        time.sleep(0.05)  # the other worker would get here too
        db.execute("INSERT INTO owner VALUES ('ann')")
    db.execute("CREATE TABLE IF NOT EXISTS item (name)")
    db.execute("INSERT INTO item VALUES ('seed')")

@app.get("/items")
def items():
    with sqlite3.connect("shop.db") as db:
        return [name for name, in db.execute("SELECT name FROM item")]
"""


def test_what_each_load_writes_is_there_as_often_as_workers_load_one_after_the_other(tmp_path: Path) -> None:
    (tmp_path / "notes.py").write_text(HEAD + SEEDED)
    plan = Plan(target="notes.py", cwd=tmp_path, story=Story("alice: GET /items"), stores=("shop.db",), blame=False)
    rows = {row.label: row.failed for row in run(plan).rows}
    assert rows["2 workers"]["worker-dependent"] == 0
    assert rows["2 workers, each loading the app"]["worker-dependent"] == 1
    assert rows["1 worker"]["kept-in-process"] == 1, "a reload writes once more"
