"""The line that changes a variable and the line that reads it, in a process of their own, by either way of watching."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from simulator.launcher.lines import loads_of

WATCH = """
import json, sys, sysconfig  # which says where Python is, by its version
folder, way, slow, *calls = sys.argv[1:]
sys.path.insert(0, folder)
if way == "trace":
    sys.version_info = (3, 11)
import shop
from simulator.launcher import lines
from simulator.launcher.memory import Memory
if slow == "slow":
    lines._LOOKING_S = 0.0
memory = Memory(owns_file=lambda file: file.startswith(folder), owns_random=lambda: True)
memory.look(watch=["cart", "to"])
for call in calls:
    eval(call, vars(shop))
    print(json.dumps(memory.look()["lines"]))
"""
SHOP = """
import functools
cart = []
def put(item, to=[]):
    to.append(item)
    return to
def add(item):
    note = "cart"
    size = len(note)
    cart.append(item)
    size += 1
    return size
def view():
    items = cart
    return items
def nested(item):
    cart.append([view(), item][1])
def through(function):
    return list(map(function, ["a"]))
def fails():
    cart.clear()
    raise KeyError
def survives():
    try:
        fails()
    except KeyError:
        pass
def steps():
    yield 1
    cart.append("late")
    yield 2
generator = steps()
next(generator)
extend = cart.extend
"""


def watched(tmp_path: Path, *calls: str, way: str = "any", pace: str = "fast") -> list[dict[str, Any]]:
    (tmp_path / "shop.py").write_text(SHOP)
    command = [sys.executable, "-c", WATCH, str(tmp_path), way, pace, *calls]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def read(look: dict[str, Any], name: str, inside: str = "") -> str | None:
    """The line that was the last to load `name`."""
    loads = [place for function, loaded, place in look["loads"] if loaded == name and inside in ("", function)]
    return line(loads[-1]) if loads else None


def line(found: list[Any] | None) -> str | None:
    return None if found is None else SHOP.splitlines()[found[1] - 1].strip()


@pytest.mark.parametrize("way", ["any", "trace"])
@pytest.mark.parametrize("pace", ["fast", "slow"])
def test_the_line_that_changed_a_variable_and_the_one_that_read_it(tmp_path: Path, way: str, pace: str) -> None:
    """`slow`: there is no time to compare after every line; those that mention the variable are enough."""
    calls = ["add(1)", "view()", "put(2)", "through(add)", "survives()", "next(generator)", "extend([9])", "len('')"]
    looks = watched(tmp_path, *calls, way=way, pace=pace)
    found = [(line(look["changed"].get("shop.cart")), read(look, "cart")) for look in looks]
    assert found == [
        ("cart.append(item)", "cart.append(item)"),
        (None, "items = cart"),
        (None, None),
        ("cart.append(item)", "cart.append(item)"),
        ("cart.clear()", "cart.clear()"),
        ('cart.append("late")', 'cart.append("late")'),
        (None, None),
        (None, None),
    ]
    assert [line(look["changed"].get("shop.put(to)")) for look in looks[:3]] == [None, None, "to.append(item)"]
    assert read(looks[2], "to", inside="put") == "return to"
    assert looks[6]["changed"] == {"shop.cart": None}, "no line of the application's did it"
    assert looks[7]["changed"] == {}
    assert [look["changed"]["shop.cart"][2] for look in looks[:1]] == ["add"]


def test_a_line_that_calls_others_before_it_changes_something_is_named(tmp_path: Path) -> None:
    (look,) = watched(tmp_path, "nested(1)", pace="slow")
    assert line(look["changed"]["shop.cart"]) == "cart.append([view(), item][1])"


def test_loads_are_names_attributes_and_keys() -> None:
    source = textwrap.dedent("""
        def view(request):
            shop.items = request["k"]
            return shop.items
    """)
    code = compile(source, "shop.py", "exec").co_consts[0]
    loads = loads_of(code)
    assert {"request", "k", "shop"} <= loads[3]
    assert "items" not in loads[3], "it is stored there"
    assert {"shop", "items"} <= loads[4]
