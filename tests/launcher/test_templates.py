"""The line of a template that reads a variable, or changes one: Jinja's and Django's, by either way of watching."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

JINJA = """
import jinja2
environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder))
def render(name, **context):
    return environment.get_template(name).render(**context)
"""
DJANGO = """
import django
from django.conf import settings
settings.configure(TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [folder]}])
django.setup()
from django.template.loader import get_template
def render(name, **context):
    return get_template(name).render(context)
"""
SHOP = """
from pathlib import Path
folder = str(Path(__file__).parent)
class Shop:
    items = []
    hidden = property(lambda self: [])
{engine}
def page(name):
    return render(name, shop=Shop())
"""
WATCH = """
import json, sys, sysconfig  # which says where Python is, by its version
folder, way, *pages = sys.argv[1:]
sys.path.insert(0, folder)
if way == "trace":
    sys.version_info = (3, 11)
import shop
from simulator.launcher.memory import Memory
memory = Memory(owns_file=lambda file: file.startswith(folder), owns_random=lambda: True)
memory.look(watch=["items"])
for page in pages:
    shop.page(page)
    lines = memory.look()["lines"]
    read = [place for _, name, place in lines["loads"] if name == "items"]
    print(json.dumps([read[-1] if read else None, lines["changed"].get("shop.Shop.items")]))
"""
BOTH = {
    "base.html": "<h1>Shop</h1>\n\n{% block content %}\n{% endblock %}\n",
    "page.html": '{% extends "base.html" %}\n{% block content %}\n\n<p>{{ shop.items|length }}</p>\n{% endblock %}\n',
    "part.html": "<ul>\n{% for item in shop.items %}\n<li>{{ item }}</li>\n{% endfor %}\n</ul>\n",
    "whole.html": '<p>\n{% include "part.html" %}\n</p>\n',
    "skips.html": "\n{% if shop.hidden %}\n{{ shop.items }}\n{% endif %}\n",
}
JINJA_ONLY = {
    "adds.html": "<p>\n{{ shop.items.append(1) or '' }}\n</p>\n",
    "named.html": "{% block one %}\n{% if shop.hidden %}\n{{ items }}\n{% endif %}\n{% endblock %}\n",
}


def watched(folder: Path, engine: str, way: str, *pages: str) -> list[tuple[str | None, str | None]]:
    (folder / "shop.py").write_text(SHOP.replace("{engine}", engine))
    for name, text in {**BOTH, **JINJA_ONLY}.items():
        (folder / name).write_text(text)
    command = [sys.executable, "-c", WATCH, str(folder), way, *pages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return [(line(read), line(changed)) for read, changed in map(json.loads, done.stdout.splitlines())]


def line(place: list[str] | None) -> str | None:
    """`page.html: <its text>`."""
    if place is None:
        return None
    file, number, _ = place
    return f"{Path(file).name}: {Path(file).read_text().splitlines()[int(number) - 1].strip()}"


@pytest.mark.parametrize("way", ["any", "trace"])
@pytest.mark.parametrize("engine", [JINJA, DJANGO], ids=["jinja", "django"])
def test_the_line_of_a_template_that_reads_a_variable(tmp_path: Path, engine: str, way: str) -> None:
    found = watched(tmp_path, engine, way, "page.html", "whole.html", "skips.html")
    assert found == [
        ("page.html: <p>{{ shop.items|length }}</p>", None),
        ("part.html: {% for item in shop.items %}", None),
        (None, None),
    ]


def test_a_template_of_jinja_changes_a_variable_and_a_line_that_only_looks_a_name_up_reads_none(tmp_path: Path) -> None:
    found = watched(tmp_path, JINJA, "any", "adds.html", "named.html")
    adds = "adds.html: {{ shop.items.append(1) or '' }}"
    assert found == [(adds, adds), (None, None)]
