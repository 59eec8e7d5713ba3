"""Blame in Django and FastAPI: one application that hides what it is told in seven ways, each way for itself.

Flask's are applications of their own (`tests/apps/hidden_state`, tried by `test_blame.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from simulator.explore.blame import Blamer
from simulator.result import Blame, Place
from simulator.runner.examples import examples
from simulator.runner.plan import Plan
from simulator.runner.play import Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.order_token import parse_order
from simulator.story.story import Story

WAYS = """
import functools
from types import SimpleNamespace

import shelf
from cachetools import TTLCache


class Shop:
    items = []

    def put(self, item):
        self.items.append(item)

    def look(self):
        return self.items


def listed(item=None, items=[]):
    if item:
        items.append(item)
    return items


def make_box():
    things = []

    def box(item=None):
        if item:
            things.append(item)
        return things

    return box


box = make_box()


@functools.lru_cache
def remembered():
    return []


def put_remembered(item):
    remembered().append(item)


basket = SimpleNamespace(wishes=[])


def put_basket(item):
    basket.wishes.append(item)


def put_shelf(item):
    shelf.things.append(item)


kept = TTLCache(maxsize=100, ttl=60)


def put_kept(item):
    kept["items"] = [*kept.get("items", []), item]


puts = {
    "class": Shop().put,
    "default": listed,
    "closure": box,
    "cache": put_remembered,
    "attribute": put_basket,
    "module": put_shelf,
    "library": put_kept,
}
looks = {
    "class": Shop().look,
    "default": listed,
    "closure": box,
    "cache": remembered,
    "attribute": lambda: basket.wishes,
    "module": lambda: shelf.things,
    "library": lambda: kept.get("items", []),
}
"""
FRAMEWORKS = {
    "django": """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.urls import path

from ways import looks, puts

settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__)


def add(request, way, item):
    puts[way](item)
    return HttpResponse("added")


def view(request, way):
    return JsonResponse(looks[way](), safe=False)


urlpatterns = [path("view/<way>", view), path("add/<way>/<item>", add)]
application = get_wsgi_application()
""",
    "fastapi": """
from fastapi import FastAPI

from ways import looks, puts

app = FastAPI()


@app.get("/add/{way}/{item}")
async def add(way: str, item: str) -> str:
    puts[way](item)
    return "added"


@app.get("/view/{way}")
def view(way: str) -> list[str]:
    return looks[way]()
""",
}
LINES = {
    "class": ("Shop.items", "items = []", "self.items.append(item)"),
    "default": ("items", "def listed(item=None, items=[]):", "items.append(item)"),
    "closure": ("things", "things = []", "things.append(item)"),
    "cache": ("remembered", "def remembered():", "remembered().append(item)"),
    "attribute": ("basket.wishes", "basket = SimpleNamespace(wishes=[])", "basket.wishes.append(item)"),
    "module": ("things", "things = []", "shelf.things.append(item)"),
    "library": ("kept", "kept = TTLCache(maxsize=100, ttl=60)", 'kept["items"] = [*kept.get("items", []), item]'),
}
"""The variable, and the lines that define and change it."""


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp(request.param)
    files: Mapping[str, str] = {"app.py": FRAMEWORKS[request.param], "ways.py": WAYS, "shelf.py": "things = []\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    with Stage(Plan(target="app.py", cwd=folder, story=story("class"))) as stage:
        yield stage


def story(way: str) -> Story:
    return Story(f"data: shared items\nalice: GET /add/{way}/VALUE adds data\nalice: GET /view/{way} shows data")


def blamed(stage: Stage, way: str) -> Blame:
    stage.plan = replace(stage.plan, story=story(way))
    player = Trials(stage, sink=None, tick=lambda: None)
    schedule = parse_order("2:aa", stage.plan.story.letters)
    found = player.only(player.one(schedule, Extent(to_the_end=False, sweep=False, reload=False)))
    (example,) = examples(found.candidates, player, Blamer(stage, player).explain)
    assert example.proven
    assert example.blame is not None
    return example.blame


IS_FULL = os.environ.get("WORKERSIM_CONTRACT") == "full"
SOME = {"django": ("class", "attribute", "library"), "fastapi": ("default", "closure", "cache", "module")}
"""What is tried unless everything is asked for (see tests/scenarios/test_contract.py)."""
TRIED = [(framework, way) for framework in FRAMEWORKS for way in (LINES if IS_FULL else SOME[framework])]


@pytest.mark.parametrize(("stage", "way"), TRIED, indirect=["stage"])
def test_the_variable_and_its_lines_are_named(stage: Stage, way: str) -> None:
    blame = blamed(stage, way)
    variable, defined, changed = LINES[way]
    assert variable in blame.name
    assert (text(blame.defined), text(blame.changed)) == (defined, changed)
    assert dict(blame.values)[1] != dict(blame.values)[2]


def text(place: Place | None) -> str | None:
    return place.text if place is not None else None
