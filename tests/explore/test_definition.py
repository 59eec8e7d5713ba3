"""Names for people and defining lines, from paths in memory and the text of modules."""

from __future__ import annotations

import ast
import textwrap

import pytest

from simulator.explore.definition import definition, named

SHOP = textwrap.dedent("""
    from helper import Cache
    if True:
        stock = []
    price: int = 0
    first, second = 1, 2
    class Cart:
        shared = []
        fields: dict = {}
        def __init__(self):
            self.items = []
        def clear(self):
            self.items = []
    class Other:
        def __init__(self):
            self.items = ()
            self.lines = []
            self.page = 0
        def turn(self):
            self.page = 1
    cart = Cart()
    keeper = Cache(size=3)
    app.config["ITEMS"] = []
    app.state.wishes = []
    app.secret_key = "drawn"
    def add(item, to=[]):
        to.append(item)
    def counter(step):
        count = 0
        def up():
            nonlocal count
            count += step
        return up
    add.times = 0
    def view():
        os.environ["SEEN"] = "yes"
        stock = "of its own"
""")
MODULES = {"shop": "/x/shop.py", "shop.parts": "/x/shop/parts.py"}
TREES = {"shop": ast.parse(SHOP), "shop.parts": ast.parse("bolts = []\nstock = 1\n")}


@pytest.mark.parametrize(
    ("path", "kind", "title", "line"),
    [
        ("shop.stock", "global", "stock", "stock = []"),
        ("shop.parts.stock", "global", "stock", "stock = 1"),
        ("shop.price", "global", "price", "price: int = 0"),
        ("shop.second", "global", "second", "first, second = 1, 2"),
        ("shop.Cart.shared", "class attribute", "Cart.shared", "shared = []"),
        ("shop.Cart.fields['a']", "library", "Cart.fields['a']", "fields: dict = {}"),
        ("shop.keeper._held['a']", "library", "keeper", "keeper = Cache(size=3)"),
        ("shop.cart.items", "instance attribute", "cart.items", "self.items = []"),
        ("shop.cart.never_set", "instance attribute", "cart.never_set", "cart = Cart()"),
        ("shop.app.config['ITEMS']", "library", "app.config['ITEMS']", 'app.config["ITEMS"] = []'),
        ("shop.app.state.wishes", "library", "app.state.wishes", "app.state.wishes = []"),
        ("shop.app.chain.lines", "instance attribute", "app.chain.lines", "self.lines = []"),
        ("shop.app.chain.page", "instance attribute", "app.chain.page", "self.page = 0"),
        ("shop.app.config['SECRET_KEY']", "library", "app.config['SECRET_KEY']", 'app.secret_key = "drawn"'),
        ("shop.app.chain.items", "instance attribute", "app.chain.items", None),
        ("shop.app.ext[<Cache>]._kept['a']", "cache", "keeper._kept['a']", "keeper = Cache(size=3)"),
        ("shop.add(to)", "default argument", "to", "def add(item, to=[]):"),
        ("shop.add('pear')", "cache", "add('pear')", "def add(item, to=[]):"),
        ("shop.add.times", "function attribute", "add.times", "add.times = 0"),
        ("shop.counter.<locals>.count", "closure", "count", "count = 0"),
        ("shop.counter.<locals>.step", "closure", "step", "def counter(step):"),
        ("context variable shop.stock", "context variable", "stock", "stock = []"),
        ("os.environ['SEEN']", "environment", "os.environ['SEEN']", None),
        ("bottle.TEMPLATE_PATH", "library", "bottle.TEMPLATE_PATH", None),
        ("shop.nothing", "global", "nothing", None),
    ],
)
def test_the_line_that_makes_a_variable_and_what_people_call_it(
    path: str, kind: str, title: str, line: str | None
) -> None:
    one = named(path, kind, MODULES)
    found = definition(one, TREES)
    assert ((found.title if found else "") or one.title) == title
    if line is None:
        assert found is None
    else:
        assert found is not None
        text = SHOP if found.module == "shop" else "bolts = []\nstock = 1\n"
        assert text.splitlines()[found.line - 1].strip() == line


def test_what_a_reading_line_mentions_the_surest_first() -> None:
    assert named("shop.app.config['ITEMS']", "library", MODULES).names == ("ITEMS", "config", "app")
    assert named("shop.add(to)", "default argument", MODULES).names == ("to",)
    assert named("shop.add('pear')", "cache", MODULES).names == ("add",)
    assert named("shop.counter.<locals>.count", "closure", MODULES).names == ("count",)
    assert named("shop.add(to)", "default argument", MODULES).function == "add"
