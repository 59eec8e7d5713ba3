"""Bugs as people have reported them, each in a few lines: what is found, and which variable and lines are named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.explore.run import run
from simulator.result import Place
from simulator.runner.plan import Plan
from simulator.story.story import Story

DJANGO = """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django.views.generic import TemplateView
settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="s",
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["."]}],
)
"""
SHOWN = "data: private items\nalice: GET /add/VALUE adds data\nalice: GET /view shows data\nbob: GET /view shows data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    app: str
    order: str
    finds: str
    variable: str
    lines: tuple[str | None, str | None, str | None]
    """Where it is defined, changed and read."""
    story: str = SHOWN


BUGS = {
    "sessions in a cache of each process": Bug(
        app=DJANGO
        + """
def add(request, item):
    request.session["name"] = item
    return HttpResponse("added")

def view(request):
    return HttpResponse(request.session.get("name", "nobody"))

urlpatterns = [path("add/<item>", add), path("view", view)]
application = get_wsgi_application()
""",
        order="2:aa",
        finds="lost-write",
        variable="django.core.cache.caches (LocMemCache)",
        lines=(None, None, None),
    ),
    "extra_context of a view class": Bug(
        app=DJANGO
        + """
class Cart(TemplateView):
    template_name = "cart.html"
    extra_context = {"items": []}

    def get(self, request, item=None):
        self.extra_context["items"] += [item] if item else []
        return super().get(request)

urlpatterns = [path("add/<item>", Cart.as_view()), path("view", Cart.as_view())]
application = get_wsgi_application()
""",
        order="1:ab",
        finds="cross-user-leak",
        variable="Cart.extra_context",
        lines=(
            'extra_context = {"items": []}',
            'self.extra_context["items"] += [item] if item else []',
            'self.extra_context["items"] += [item] if item else []',
        ),
    ),
    "an application context for life": Bug(
        app="""
from flask import Flask, g, session
app = Flask(__name__)
app.secret_key = "k"
app.app_context().push()

def user():
    if "user" not in g:
        g.user = session.get("name", "nobody")
    return g.user

@app.get("/add/<item>")
def add(item):
    session["name"] = item
    return user()

@app.get("/view")
def view():
    return user()
""",
        order="1:ab",
        finds="cross-user-leak",
        variable="g",
        lines=(None, 'g.user = session.get("name", "nobody")', "return g.user"),
    ),
    "a middleware that remembers": Bug(
        app="""
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

class Current:
    def __init__(self, app):
        self.app = app
        self.user = None

    async def __call__(self, scope, receive, send):
        if scope["path"].startswith("/add/"):
            self.user = scope["path"]
        scope["me"] = self.user
        await self.app(scope, receive, send)

async def page(request):
    return PlainTextResponse(str(request.scope["me"]))

app = Starlette(routes=[Route("/view", page), Route("/add/{item}", page)])
app.add_middleware(Current)
""",
        order="1:ab",
        finds="cross-user-leak",
        variable="app.middleware_stack.app.user",
        lines=("self.user = None", 'self.user = scope["path"]', 'scope["me"] = self.user'),
    ),
    "a state of OAuth in one slot": Bug(
        app="""
import secrets
from flask import Flask, request
app = Flask(__name__)

class Client:
    state = None

client = Client()

@app.get("/login")
def login():
    client.state = secrets.token_hex(8)
    return {"state": client.state}

@app.get("/callback")
def callback():
    return "welcome" if request.args["state"] == client.state else ("invalid state", 400)
""",
        story="alice: GET /login -> $s=state\nalice: GET /callback?state=$s",
        order="2:aa",
        finds="worker-dependent",
        variable="client.state",
        lines=(
            "state = None",
            "client.state = secrets.token_hex(8)",
            'return "welcome" if request.args["state"] == client.state else ("invalid state", 400)',
        ),
    ),
    "a route that is added while serving": Bug(
        app="""
from fastapi import FastAPI
app = FastAPI()

@app.post("/plugins")
def add():
    app.add_api_route("/plugin", lambda: "plugin")
    return "added"
""",
        story="alice: POST /plugins\nalice: GET /plugin",
        order="2:aa",
        finds="worker-dependent",
        variable="app.router.routes",
        lines=(None, 'app.add_api_route("/plugin", lambda: "plugin")', None),
    ),
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_a_bug_that_was_reported_is_found_with_its_variable_and_lines(tmp_path: Path, bug: Bug) -> None:
    (tmp_path / "shop.py").write_text(bug.app)
    (tmp_path / "cart.html").write_text("{% for item in items %}{{ item }}{% endfor %}\n")
    result = run(Plan(target="shop.py", cwd=tmp_path, story=Story(bug.story), order=bug.order))
    example = next(one for one in result.examples if one.finding.name == bug.finds)
    assert example.proven
    assert example.blame is not None
    assert example.blame.name == bug.variable
    assert tuple(map(text, (example.blame.defined, example.blame.changed, example.blame.read))) == bug.lines


def text(place: Place | None) -> str | None:
    return place.text if place is not None else None
