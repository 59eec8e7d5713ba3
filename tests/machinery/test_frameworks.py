"""Every kind of application is found, loaded both ways, and each worker has its own copy of its list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.story.schedule import LoadMode

APPS = Path(__file__).parents[1] / "apps"

KINDS = {
    "flask_app.py": ('Flask app "app"', "wsgi", "flask_app.py", 9),
    "flask_app": ('Flask app "app"', "wsgi", "flask_app.py", 9),
    "fastapi_app.py": ('FastAPI app "app"', "asgi", "fastapi_app.py", 6),
    "starlette_app:app": ('Starlette app "app"', "asgi", "starlette_app.py", 90),
    "bottle_app.py": ('Bottle app "app"', "wsgi", "bottle_app.py", 5),
    "bottle_default.py": ('Bottle app "default_app"', "wsgi", "bottle_default.py", None),
    "falcon_app.py": ('Falcon app "app"', "wsgi", "falcon_app.py", 22),
    "falcon_asgi.py": ('Falcon app "api"', "asgi", "falcon_asgi.py", 17),
    "wsgi_app.py": ('WSGI app "application"', "wsgi", "wsgi_app.py", 10),
    "asgi_app.py": ('ASGI app "app"', "asgi", "asgi_app.py", 6),
    "middleware.py": ('WSGI app "application"', "wsgi", "middleware.py", 12),
    "factory.py": ('Flask app "create_app()"', "wsgi", "factory.py", 4),
    "factory:create_app": ('Flask app "create_app()"', "wsgi", "factory.py", 4),
    "django_project": ('Django project "mysite"', "wsgi", "django_project/mysite/wsgi.py", 6),
    "django_async": ('Django project "mysite"', "asgi", "django_async/mysite/asgi.py", 6),
    "package/shop": ('Flask app "app"', "wsgi", "package/shop/__init__.py", 1),
    "package/shop/views.py": ('Flask app "app"', "wsgi", "package/shop/views.py", 5),
}


@pytest.mark.parametrize("target", KINDS)
def test_each_worker_has_its_own_list(serve: Any, target: str) -> None:
    served = serve(target, workers=2)
    info = served.info
    assert (info.title, info.interface, info.file, info.line) == KINDS[target]
    assert json.loads(served.ask(1, "/add/x").body) == ["x"]
    assert json.loads(served.ask(2, "/view").body) == []
    assert json.loads(served.ask(1, "/view").body) == ["x"]


@pytest.mark.parametrize(
    ("target", "cwd"),
    [
        ("mysite.wsgi", "django_project"),
        ("mysite.wsgi:application", "django_project"),
        ("mysite.settings", "django_project"),
        (".", "django_project"),
        ("manage.py", "django_project"),
        ("mysite", "django_project"),
        (".", "django_project/mysite"),
        ("../manage.py", "django_project/mysite"),
        ("shop", "package"),
        ("shop.views:app", "package"),
        ("shop/views.py", "package"),
        ("factory:create_app('other', items=['x'])", "."),
    ],
)
def test_modules_are_found_from_the_working_directory(serve: Any, target: str, cwd: str) -> None:
    served = serve(target, cwd=APPS / cwd)
    assert "x" in json.loads(served.ask(1, "/add/x").body)


@pytest.mark.parametrize("target", ["flask_app.py", "starlette_app.py", "django_project"])
def test_workers_can_load_for_themselves(serve: Any, target: str) -> None:
    served = serve(target, workers=2, mode=LoadMode.PER_WORKER)
    assert json.loads(served.ask(1, "/add/x").body) == ["x"]
    assert json.loads(served.ask(2, "/view").body) == []
    assert [worker.load for worker in served.launcher.workers.values()] == [1, 2]


def test_addresses_are_known_where_the_framework_says_them(serve: Any) -> None:
    assert "/add/<item>" in serve("flask_app.py").info.routes
    assert "/add/{item}" in serve("starlette_app.py").info.routes
    assert "/add/<item>" in serve("bottle_app.py").info.routes


def test_a_server_that_flask_would_start_at_import_is_not_started(serve: Any) -> None:
    assert serve("bad/runs_at_import.py").ask(1, "/view").body == b"here"
