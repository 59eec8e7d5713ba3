"""What an application keeps in memory is seen, wherever it is kept, and what it does not keep is not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from simulator.launcher.launcher import Launcher
from simulator.story.schedule import LoadMode
from simulator.wire import Decoder, Message, encode

HIDDEN = Path(__file__).parents[1] / "apps" / "hidden_state"
TABLE = tomllib.loads((HIDDEN / "table.toml").read_text())
UNSEEN = {name for name, row in TABLE.items() if row.get("opaque")}

Look = dict[str, Any]


class Served:
    """An application in a real worker, which is asked what it holds."""

    def __init__(self, launcher: Launcher) -> None:
        (self._worker,) = launcher.fork(1, LoadMode.ONCE)
        self._decoder = Decoder()
        self._inbox: list[Message] = []

    def get(self, path: str) -> None:
        headers = [(b"host", b"shop.example")]
        scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path}
        scope |= {"raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers}
        scope |= {"client": ("127.0.0.1", 1), "server": ("shop.example", 80)}
        request = {"type": "workersim.request", "scope": scope, "step": 1, "user": "ann", "now": 0.0}
        self._send([request, {"type": "http.request", "body": b"", "more_body": False}])
        self._until("workersim.done")

    def look(self) -> Look:
        self._send([{"type": "workersim.memory", "values": True}])
        look: Look = self._until("workersim.memory")["memory"]
        return look

    def _send(self, messages: list[Message]) -> None:
        self._worker.sock.sendall(encode(messages))

    def _until(self, kind: str) -> Message:
        self._worker.sock.settimeout(30)
        while True:
            while self._inbox:
                if (message := self._inbox.pop(0))["type"] == kind:
                    return message
            self._inbox += [
                message for frame in self._decoder.feed(self._worker.sock.recv(1 << 16)) for message in frame
            ]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[str], Served]]:
    """`served("shop.py")`: the application of a file in `hidden_state` (or of any path), loaded and prepared."""
    with ExitStack() as stack:

        def serve(target: str) -> Served:
            launcher = stack.enter_context(Launcher(target=target, cwd=HIDDEN, watches_memory=True, load_timeout_s=60))
            launcher.load()
            return Served(launcher)

        yield serve


def changed(before: Look, after: Look) -> list[str]:
    return sorted(path for path in after["marks"] if before["marks"].get(path) != after["marks"][path])


@pytest.mark.parametrize("name", sorted(TABLE))
def test_hidden_state_is_found_by_name(name: str, served: Callable[[str], Served]) -> None:
    row = TABLE[name]
    pytest.importorskip(row.get("requires", "flask"))
    app = served(f"{name}.py")
    app.get("/view")
    before = app.look()
    app.get("/view")
    again = app.look()
    assert again["fingerprint"] == before["fingerprint"], f"looking changed {changed(before, again)}"
    app.get("/add/apple")
    after = app.look()
    paths = changed(again, after)
    if name in UNSEEN and not paths:
        return
    assert after["fingerprint"] != again["fingerprint"]
    assert [path for path in paths if row["variable"] in path], paths
    assert after["opaque"] == []


@pytest.mark.parametrize("name", ["module_list", "fastapi_module_list", "django_module_list"])
def test_an_application_that_keeps_nothing_looks_the_same_after_any_request(
    name: str, served: Callable[[str], Served]
) -> None:
    """What frameworks note down for themselves does not count, from the first request on."""
    app = served(f"{name}.py")
    first = app.look()
    for path in ("/view", "/nowhere", "/view"):
        app.get(path)
        look = app.look()
        assert changed(first, look) == []
        assert look["fingerprint"] == first["fingerprint"]


def test_two_runs_of_one_program_look_alike(served: Callable[[str], Served]) -> None:
    looks = [served("module_list.py").look(), served("module_list.py").look()]
    assert changed(*looks) == ["state of random"]


LOOKS = """
import json, os, sys
from simulator.launcher.memory import Memory
folder, *then = sys.argv[1:]
sys.path.insert(0, folder)
import shop
memory = Memory(owns_file=lambda file: file.startswith(folder), owns_random=lambda: os.environ.get("OWNED") == "yes")
looks = [memory.look()]
for line in then:
    exec(line, vars(shop))
    looks.append(memory.look())
looks.append(memory.look(values=False))
print(json.dumps(looks))
"""


def look_at(tmp_path: Path, source: str, *then: str, **environment: str) -> list[Look]:
    """Looks at the module shop.py of `source` in a fresh process, after each of the lines `then`."""
    (tmp_path / "shop.py").write_text(textwrap.dedent(source))
    command = [sys.executable, "-c", LOOKS, str(tmp_path), *then]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    *looks, quick = json.loads(done.stdout)
    assert quick == {key: looks[-1][key] for key in ("fingerprint", "opaque", "threads")}
    return looks


def test_a_value_that_goes_back_looks_as_before(tmp_path: Path) -> None:
    source = "cart = ['a']; seen = {}; n = 0"
    looks = look_at(tmp_path, source, "cart.append(1); n = 1; seen[1] = []", "n = 0; cart = ['a']; seen.clear()")
    first, moved, back = looks
    assert changed(first, moved) == ["shop.cart", "shop.n", "shop.seen"]
    assert changed(first, back) == []
    assert back["fingerprint"] == first["fingerprint"] != moved["fingerprint"]


def test_equal_programs_look_alike_in_every_process(tmp_path: Path) -> None:
    """No addresses, no order of hashing."""
    source = """
        class Item:
            def __init__(self, name): self.name = name
        items = [Item(name) for name in "abc"]
        names = {"x", "y", "z", "w"}
        index = {item: item.name for item in items}
        def handler(): return items
        handlers = [handler, Item("d"), object()]
    """
    marks = []
    for seed in "123":
        (look,) = look_at(tmp_path, source, PYTHONHASHSEED=seed)
        marks.append({path: mark for path, mark in look["marks"].items() if path.startswith("shop.")})
    assert marks[0] == marks[1] == marks[2]


def test_paths_kinds_and_values_are_for_people(tmp_path: Path) -> None:
    source = """
        from functools import lru_cache, cache
        class Cart:
            shared = []
            def __init__(self): self.items = ['apple']
        carts = {'ann': Cart()}
        def add(item, to=[]): to.append(item)
        def counter():
            count = 0
            def up():
                nonlocal count
                count += 1
            return up
        up = counter()
        @lru_cache(maxsize=2)
        def price(item): return {'item': item}
        @cache
        def total(*items, tax=0): return len(items)
        def visit(): pass
        visit.times = 0
    """
    first, last = look_at(
        tmp_path,
        source,
        "Cart.shared.append(1); carts['ann'].items.append('pear'); add('x'); up(); price('a'); price('b'); price('c');"
        " total(1, 2, tax=3); visit.times += 1",
    )
    found = {path: (last["kinds"][path], last["paths"][path]) for path in changed(first, last)}
    assert found == {
        "shop.Cart.shared": ("class attribute", "[1]"),
        "shop.carts['ann'].items": ("instance attribute", "['apple', 'pear']"),
        "shop.add(to)": ("default argument", "['x']"),
        "shop.counter.<locals>.count": ("closure", "1"),
        "shop.price('b')": ("cache", "{'item': 'b'}"),
        "shop.price('c')": ("cache", "{'item': 'c'}"),
        "shop.total(1, 2, tax=3)": ("cache", "2"),
        "shop.visit.times": ("function attribute", "1"),
    }


def test_nothing_of_the_application_is_run_by_looking(tmp_path: Path) -> None:
    source = """
        calls = []
        class Shy:
            def __getattr__(self, name): calls.append(name); raise AttributeError(name)
            def __repr__(self): calls.append('repr'); return 'x'
            def __eq__(self, other): calls.append('eq'); return True
            def __hash__(self): return 1
            def __len__(self): calls.append('len'); return 1
            def __iter__(self): calls.append('iter'); return iter(())
            @property
            def value(self): calls.append('property')
        class Proxy:
            @property
            def __class__(self): calls.append('class'); return int
            @property
            def __dict__(self): calls.append('dict'); return {}
        shy = Shy(); proxy = Proxy(); both = {shy: [proxy]}
    """
    first, last = look_at(tmp_path, source, "both[proxy] = shy")
    assert last["paths"]["shop.calls"] == first["paths"]["shop.calls"] == "[]"


def test_cycles_and_great_depth_end(tmp_path: Path) -> None:
    source = """
        ring = []; ring.append(ring)
        class Node: pass
        node = Node(); node.itself = node; node.ring = ring
        deep = []
        for _ in range(5000): deep = [deep]
    """
    (look,) = look_at(tmp_path, source)
    assert look["paths"]["shop.ring"] == "[[[[...]]]]"
    assert [path[:12] for path in look["opaque"]] == ["shop.deep[0]"]


def test_what_cannot_be_seen_is_named(tmp_path: Path) -> None:
    source = """
        import socket, threading
        near, far = socket.socketpair()
        connections = {'db': near}
        threading.Thread(target=threading.Event().wait, daemon=True).start()
    """
    (look,) = look_at(tmp_path, source)
    assert look["opaque"] == ["shop.connections['db']", "shop.far"]
    assert look["threads"] == 2


@pytest.mark.parametrize("owned", ["no", "yes"])
def test_the_state_of_random_counts_unless_it_is_owned(tmp_path: Path, owned: str) -> None:
    before, after = look_at(tmp_path, "import random", "random.random()", OWNED=owned)
    assert (before["fingerprint"] == after["fingerprint"]) == (owned == "yes")


@pytest.mark.parametrize("kept", ["box.{0} = 1", "cache.clear(); cache.set('{0}', 1)"])
def test_the_name_under_which_something_is_kept_counts(tmp_path: Path, kept: str) -> None:
    source = """
        from cachelib import SimpleCache
        class Box: pass
        box, cache = Box(), SimpleCache(default_timeout=0)
    """
    _, one, other = look_at(tmp_path, source, kept.format("one"), f"vars(box).clear(); {kept.format('two')}")
    assert one["fingerprint"] != other["fingerprint"]


def test_many_values_are_cut_and_still_count(tmp_path: Path) -> None:
    source = """
        class Row:
            def __init__(self, n): self.n = n
        rows = [Row(n) for n in range(3000)]
    """
    first, last = look_at(tmp_path, source, "rows[2999].n = 0")
    assert len(last["paths"]) == 2000
    assert last["cut"] > 1000
    assert first["fingerprint"] != last["fingerprint"]


HOLDERS = """
    import contextvars, enum, io, itertools, queue, random, sqlite3, threading, weakref
    from array import array
    from collections import OrderedDict
    from functools import partial

    class Slotted:
        __slots__ = ("a", "__weakref__")

    class Shelf(enum.Enum):
        TOP = []

    def numbers():
        for number in range(5):
            yield number

    slotted = Slotted()
    slotted.a = 1
    ordered = OrderedDict(a=1, b=2)
    count, turns, places = itertools.count(), itertools.cycle("ab"), iter([1, 2, 3])
    local, variable = threading.local(), contextvars.ContextVar("variable", default=[])
    dice, packed, page = random.Random(3), array("i", [1]), io.StringIO()
    waiting, quick, weak = queue.Queue(), queue.SimpleQueue(), weakref.WeakKeyDictionary()
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute("create table item (n)")
    bound, lock, append = partial(print, []), threading.Lock(), [].append
    generator = numbers()
    next(generator)
"""


def test_every_kind_of_holder_shows_what_was_put_into_it(tmp_path: Path) -> None:
    changes = (
        "slotted.a = 2", "Shelf.TOP.value.append(1)", "ordered.move_to_end('a')", "next(count)", "next(turns)",
        "next(places)", "local.x = 1", "variable.get().append(1)", "variable.set([2])", "dice.random()",
        "packed.append(2)", "page.write('x')", "waiting.put(1)", "quick.put(1)", "weak[slotted] = 1",
        "db.execute('insert into item values (1)')", "bound.args[0].append(1)", "lock.acquire()", "append(1)",
        "next(generator)", "__import__('os').environ['SHOP'] = '1'", "__import__('os').chdir('/')",
    )  # fmt: skip
    looks = look_at(tmp_path, HOLDERS, *changes)
    unseen = [
        line
        for line, (before, after) in zip(changes, pairwise(looks), strict=True)
        if not changed(before, after) or before["fingerprint"] == after["fingerprint"]
    ]
    assert unseen == []
    assert looks[-1]["opaque"] == ["shop.quick"], "its contents are seen, but it is of a kind that may hold more"


def test_context_variables_come_in_one_order(served: Callable[[str], Served], tmp_path: Path) -> None:
    """A context keeps them by their addresses, which differ between processes that hold the same."""
    (tmp_path / "context_app.py").write_text(
        textwrap.dedent("""
            import contextvars
            NOTES = [contextvars.ContextVar(f"note_{number:02}") for number in range(20)]
            def app(environ, start_response):
                for note in NOTES:
                    note.set([1])
                start_response("200 OK", [])
                return [b"noted"]
        """)
    )
    worker = served(str(tmp_path / "context_app.py"))
    worker.get("/")
    seen = [path for path in worker.look()["marks"] if path.startswith("context variable note_")]
    assert len(seen) == 20
    assert seen == sorted(seen)


SQL = """
    from sqlalchemy import create_engine, select, text
    from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, scoped_session, sessionmaker
    from sqlalchemy.pool import StaticPool

    class Base(DeclarativeBase): pass

    class Item(Base):
        __tablename__ = "items"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    engine = create_engine({url})
    Base.metadata.create_all(engine)
    sessions = scoped_session(sessionmaker(engine))

    def keep(name):
        with Session(engine) as session:
            session.add(Item(name=name))
            session.commit()

    def names():
        with Session(engine) as session:
            return list(session.scalars(select(Item.name).order_by(Item.id)))
"""


def test_what_sqlalchemy_remembers_of_statements_is_no_state_of_the_application(tmp_path: Path) -> None:
    """A database in a file is a store; that a connection to it is open, and since when, is not told apart for long."""
    source = SQL.format(url=f"'sqlite:///{tmp_path}/items.db'")
    looks = look_at(tmp_path, source, "names()", "keep('apple')", "names()", "keep('pear'); names()")
    assert looks[0]["opaque"] == []
    for one, other in pairwise(looks[1:]):
        assert changed(one, other) == []


@pytest.mark.parametrize("url", ["'sqlite://'", "'sqlite://', poolclass=StaticPool"])
def test_a_database_in_the_memory_of_a_worker_is_looked_into(tmp_path: Path, url: str) -> None:
    looks = look_at(tmp_path, SQL.format(url=url), "names()", "names()", "keep('apple')", "names()")
    assert looks[1]["fingerprint"] == looks[2]["fingerprint"] == looks[0]["fingerprint"]
    assert looks[2]["fingerprint"] != looks[3]["fingerprint"] == looks[4]["fingerprint"]


def test_what_a_session_keeps_beyond_its_request_is_seen(tmp_path: Path) -> None:
    source = SQL.format(url=f"'sqlite:///{tmp_path}/items.db'")
    looks = look_at(tmp_path, source, "names()", "sessions().add(Item(name='apple'))", "sessions.remove()")
    assert looks[1]["fingerprint"] != looks[2]["fingerprint"]
    assert looks[2]["fingerprint"] != looks[3]["fingerprint"]
