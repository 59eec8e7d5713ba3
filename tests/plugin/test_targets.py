"""What a test may hand to `multiworker`: strings, paths, modules, objects that a module holds, factories."""

from __future__ import annotations

import importlib
import sys
from functools import partial
from pathlib import Path

import pytest

from simulator.errors import UsageError
from simulator.testing.targets import target_of

pytest_plugins = ["pytester"]

SHOP = """
from pathlib import Path
from flask import Flask


def create_app(settings=None):
    app = Flask(__name__)
    app.config.update(settings or {})
    items = []

    @app.route("/add/<item>")
    def add(item):
        items.append(item)
        return items

    @app.route("/view")
    def view():
        return items

    return app


app = create_app()
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    (tmp_path / "targets_shop.py").write_text(SHOP)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("targets_shop")
    del sys.modules["targets_shop"]


def test_names_are_taken_as_they_are(tmp_path):
    assert target_of("shop:create_app('test')", tmp_path) == "shop:create_app('test')"
    assert target_of(Path("site/wsgi.py"), tmp_path) == "site/wsgi.py"


def test_objects_that_a_module_holds(shop, tmp_path):
    assert target_of(shop, tmp_path) == "targets_shop.py"
    assert target_of(shop.app, tmp_path) == "targets_shop.py:app"
    assert target_of(shop.create_app, tmp_path) == "targets_shop.py:create_app"
    assert target_of(shop.create_app, tmp_path / "tests") == "targets_shop:create_app"


def test_the_arguments_of_a_factory(shop, tmp_path):
    made = partial(shop.create_app, {"DATABASE": "items.db"}, debug=True)
    assert target_of(made, tmp_path) == "targets_shop.py:create_app({'DATABASE': 'items.db'}, debug=True)"


def test_what_a_clean_process_cannot_find_is_refused_with_what_to_write(shop, tmp_path):
    with pytest.raises(UsageError, match="this Flask object was made inside of a fixture") as refused:
        target_of(shop.create_app(), tmp_path)
    assert refused.value.do[0] == 'Name what makes it: multiworker("targets_shop:create_app()")'
    with pytest.raises(UsageError, match="inside of another one"):
        target_of(lambda: shop.create_app(), tmp_path)
    with pytest.raises(UsageError, match="cannot be given the argument"):
        target_of(partial(shop.create_app, tmp_path), tmp_path)


def test_apps_of_fixtures_beside_pytest_flask(pytester):
    """`app` and `client` are pytest-flask's; the plugin finds the same factory for itself."""
    pytester.makepyfile(shop=SHOP)
    pytester.makeconftest(
        """
from functools import partial
import pytest
from shop import create_app

@pytest.fixture
def app():
    return create_app({"TESTING": True})

@pytest.fixture
def factory(tmp_path):
    return partial(create_app, {"DATABASE": str(tmp_path / "items.db")})
"""
    )
    pytester.makepyfile(
        test_beside="""
import shop
from simulator import Story

STORY = Story("alice: GET /add/VALUE\\nalice: GET /view shows")

def fresh():
    return shop.create_app({"NAME": "mine"})

def test_beside(client, multiworker, factory):
    assert client.get("/add/milk").json == ["milk"]
    multiworker(factory).check(STORY, order="1:aa")

def test_function_of_the_test_module(multiworker):
    multiworker(fresh).check(STORY, order="1:aa")

def test_object(multiworker):
    multiworker(shop.app).check(STORY, order="2:aa")

def test_refused(multiworker, app):
    multiworker(app)
"""
    )
    result = pytester.runpytest_inprocess(
        "-W", "error", "--strict-markers", "-p", "no:cacheprovider", "-p", "no:django", "-rA"
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "error E200: this Flask object was made *",
            '   Name what makes it: multiworker("shop:create_app()")',
            "PASSED test_beside.py::test_beside",
            "FAILED test_beside.py::test_object - W002 *",
        ]
    )


def test_beside_pytest_django(pytester, monkeypatch):
    """pytest-django has set up Django in pytest's own process; the plugin's processes have one each."""
    (pytester.path / "site_settings.py").write_text(
        "SECRET_KEY = 'x'\nROOT_URLCONF = 'site_urls'\nALLOWED_HOSTS = ['*']\nUSE_TZ = True\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': 'site.db'}}\n"
    )
    pytester.makepyfile(
        site_urls="""
from django.http import JsonResponse
from django.urls import path

notes = []

def add(request, note):
    notes.append(note)
    return JsonResponse(notes, safe=False)

def show(request):
    return JsonResponse(notes, safe=False)

urlpatterns = [path("add/<note>", add), path("view", show)]
""",
        site_wsgi="""
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_settings")
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
""",
        test_site="""
from simulator import Story

STORY = Story("alice: GET /add/VALUE\\nalice: GET /view shows")

def test_lost(client, multiworker):
    assert client.get("/view").json() == []
    multiworker("site_wsgi").check(STORY, order="2:aa")
""",
    )
    pytester.makeini("[pytest]\nDJANGO_SETTINGS_MODULE = site_settings\npythonpath = .\n")
    result = pytester.runpytest_subprocess(
        "-W", "error", "--strict-markers", "-p", "no:cacheprovider", "-p", "no:flask", timeout=60
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["W002 lost write, order 2:aa *", "FAILED test_site.py::test_lost - W002 *"])
