"""Sessions, CSRF tokens, timestamps and uuids on the pages: as many worlds as without, and the same verdict."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulator.checkers.finding import Verdict
from simulator.explore.graph import Graph
from simulator.explore.monitor import Rules
from simulator.explore.run import run
from simulator.explore.search import Search
from simulator.explore.walk import Limits, explore
from simulator.result import Result
from simulator.runner.plan import Plan
from simulator.runner.stage import Stage
from simulator.story.schedule import LoadMode
from simulator.story.story import Story

FLASK = """
import secrets, time, uuid
from datetime import datetime
from flask import Flask, request, session

app = Flask(__name__)
app.secret_key = "fixed"
notes = []


def decorated(page):
    session.setdefault("id", str(uuid.uuid4()))
    session["csrf"] = session.get("csrf") or secrets.token_hex(16)
    session["seen"] = session.get("seen", 0) + 1
    return page + (
        f"<p>{session['id']} {session['seen']} {time.time()} {datetime.now()} {uuid.uuid4().hex}</p>"
        f'<form action="/notes" method="post"><input type="hidden" name="csrf" value="{session["csrf"]}"></form>'
    )


def is_mine():
    return bool(session.get("csrf")) and request.form.get("csrf") == session["csrf"]


@app.get("/notes")
def show():
    return decorated(f"<p>{' '.join(notes)}</p>")


@app.post("/notes")
def add():
    if not is_mine():
        return "Go back and try again", 403
    notes.append(request.form["text"])
    return decorated("<p>saved</p>")
"""
DJANGO = """
import time, uuid
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="fixed",
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
)
notes = []


def decorated(request, page):
    session = request.session
    session.setdefault("id", str(uuid.uuid4()))
    session["seen"] = session.get("seen", 0) + 1
    token = get_token(request)
    return HttpResponse(
        page + f"<p>{session['id']} {session['seen']} {time.time()} {uuid.uuid4().hex}</p>"
        f'<form action="/notes" method="post"><input type="hidden" name="csrfmiddlewaretoken" value="{token}"></form>'
    )


def view(request):
    if request.method == "POST":
        notes.append(request.POST["text"])
        return decorated(request, "<p>saved</p>")
    return decorated(request, f"<p>{' '.join(notes)}</p>")


urlpatterns = [path("notes", view)]
application = get_wsgi_application()
"""
PLAIN = {
    "flask": re.sub(
        r"(?s)def decorated.*?(?=\n\n\ndef is_mine)", "def decorated(page):\n    return page", FLASK
    ).replace("if not is_mine()", "if False"),
    "django": re.sub(
        r"(?s)def decorated.*?(?=\n\n\ndef view)",
        "def decorated(request, page):\n    return HttpResponse(page)",
        DJANGO,
    ).replace('"django.middleware.csrf.CsrfViewMiddleware"', ""),
}
BUSY = {"flask": FLASK, "django": DJANGO}

STORY = Story("""
    notes: shared items
    alice: GET /notes                shows notes
    alice: POST /notes text=VALUE    adds notes
    bob: GET /notes                  shows notes
    bob: POST /notes text=VALUE      adds notes
    alice: GET /notes                shows notes
""")


def planned(folder: Path, code: str) -> Plan:
    folder.mkdir()
    (folder / "notes_app.py").write_text(code)
    return Plan(target="notes_app.py", cwd=folder, story=STORY, loads=(LoadMode.ONCE,), blame=False)


def worlds(plan: Plan) -> int:
    with Stage(plan) as stage:
        search = Search(stage)
        graph: Graph = explore(
            search._machine(LoadMode.ONCE),
            search._scripts,
            Rules(STORY, workers=2, seed=0),
            workers=2,
            limits=Limits(),
        )
        return len(graph.ways)


def said(result: Result) -> object:
    return result.verdict, [one.finding.name for one in result.examples], result.orders.failed, result.orders.total


@pytest.mark.parametrize("framework", BUSY)
def test_an_application_with_all_of_them_is_explored_as_one_without(tmp_path: Path, framework: str) -> None:
    busy, plain = planned(tmp_path / "busy", BUSY[framework]), planned(tmp_path / "plain", PLAIN[framework])
    assert "uuid" not in PLAIN[framework].partition("def decorated")[2]
    assert worlds(busy) == worlds(plain)
    one, other = run(busy), run(plain)
    assert said(one) == said(other)
    assert (one.verdict, one.notes) == (Verdict.PROBLEM, ())
    # Only the one needs a page with a form before it can write.
    assert [result.examples[0].order for result in (one, other)] == ["2:aaa", "2:aa~without-a1"]
