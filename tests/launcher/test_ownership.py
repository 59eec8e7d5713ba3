"""The same schedule gives the same cookies, tokens, uuids and times, in every process; what real forks share stays."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from simulator.launcher.handle import Worker
from simulator.launcher.launcher import Launcher
from simulator.launcher.ownership import EPOCH_S
from simulator.story.schedule import LoadMode
from simulator.wire import Decoder, Message, encode

DRAWS = """
import datetime, json, os, random, secrets, time, uuid
from datetime import datetime as early_datetime
from os import urandom as early_urandom
from random import random as early_random, seed as early_seed
from time import time as early_time
from simulator.launcher.ownership import Ownership

owned = Ownership("7")
owned.begin_load(load=1, worker=None)

def draw():
    class Derived(early_datetime): pass
    return {
        "time": [time.time(), early_time(), time.time_ns(), time.clock_gettime(time.CLOCK_REALTIME)],
        "fields": [*time.gmtime(), *time.localtime(), time.ctime(), time.asctime(), time.strftime("%c")],
        "dates": [
            str(value) for value in (
                early_datetime.now(), early_datetime.utcnow(), early_datetime.now(datetime.timezone.utc),
                datetime.date.today(), early_datetime.today(), Derived.now(),
            )
        ],
        "kinds": [type(Derived.now()).__name__, type(early_datetime.now()) is datetime.datetime],
        "chance": [
            os.urandom(8).hex(), early_urandom(8).hex(), secrets.token_hex(8), random.random(), early_random(),
            random.Random().random(), random.SystemRandom().random(), random.randbytes(4).hex(),
            str(uuid.uuid4()), str(uuid.uuid1()), random.sample(range(1000), 5),
        ],
    }

def at(step, now_s=1_900_000_000.25):
    owned.begin_request(step=step, now_s=now_s)
    return draw()
"""


def run(source: str) -> Any:
    """What `source` puts into `result`, in a fresh process."""
    program = f"{DRAWS}\n{textwrap.dedent(source)}\nprint(json.dumps(result))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_everything_repeats_in_a_fresh_process_and_at_the_same_step() -> None:
    source = "result = [draw(), at('a'), at('b'), at('a')]"
    first, second = run(source), run(source)
    assert first == second
    load, a, b, again = first
    assert a == again
    for one, other in ((load, a), (a, b)):
        assert not set(map(str, one["chance"])) & set(map(str, other["chance"]))


def test_the_clock_is_the_schedules_to_the_microsecond() -> None:
    drawn = run("result = at('a', 1_900_000_000.123456)")
    assert drawn["time"] == [
        1_900_000_000.123456,
        1_900_000_000.123456,
        1_900_000_000_123_456_000,
        1_900_000_000.123456,
    ]
    assert drawn["dates"][1] == "2030-03-17 17:46:40.123456"
    assert drawn["dates"][2] == "2030-03-17 17:46:40.123456+00:00"
    assert drawn["kinds"] == ["Derived", True]
    assert drawn["fields"][:6] == [2030, 3, 17, 17, 46, 40]


def test_loads_lie_before_the_run_and_draw_for_themselves() -> None:
    source = """
        at_first = time.time()
        owned.begin_load(load=2, worker=None)
        at_second = time.time()
        both = []
        for worker in (1, 2):
            owned.begin_load(load=2, worker=worker)
            both.append(os.urandom(8).hex())
        result = [at_first, at_second, *both]
    """
    first_s, second_s, one, other = run(source)
    assert first_s < second_s < EPOCH_S
    assert one != other


def test_time_goes_on_in_a_request_that_waits_and_stands_still_in_one_that_does_not() -> None:
    source = """
        owned.begin_request(step="a", now_s=1_900_000_000.0)
        quick = [time.time() for _ in range(1000)]
        ended = time.monotonic() + 5
        while time.time() < 1_900_000_001.0 and time.monotonic() < ended:
            time.sleep(0.05)
        result = [sorted(set(quick)), time.time()]
    """
    assert run(source) == [[1_900_000_000.0], 1_900_000_001.0]


def test_what_the_application_seeds_is_its_own() -> None:
    source = """
        expected = random.Random(42)
        drawn = []
        random.seed(42)
        for step in "abc":
            owned.begin_request(step=step, now_s=None)
            drawn.append([random.random(), expected.random(), owned.owns_random()])
        early_seed()
        result = [drawn, owned.owns_random()]
    """
    drawn, owns_again = run(source)
    assert all(one == other and not owns for one, other, owns in drawn)
    assert owns_again


def test_a_fork_clones_generators_and_seeds_the_module_anew() -> None:
    source = """
        random.seed(42)
        made_at_load = random.Random()
        def child(worker):
            near, far = os.pipe()
            if os.fork() == 0:
                owned.after_fork(worker)
                os.write(far, json.dumps([made_at_load.random(), random.random(), os.urandom(4).hex()]).encode())
                os._exit(0)
            os.wait()
            return json.loads(os.read(near, 1000))
        result = [child(1), child(2), child(1)]
    """
    one, other, again = run(source)
    assert one == again
    assert one[0] == other[0]
    assert one[1] != other[1]
    assert one[2] != other[2]


FLASK = """
import secrets, uuid, os, random
from datetime import datetime, timezone
from flask import Flask, session, jsonify
app = Flask(__name__)
app.secret_key = os.urandom(16)
STARTED = datetime.now(timezone.utc)
DICE = random.Random()

@app.get("/")
def page():
    session["n"] = session.get("n", 0) + 1
    return jsonify(
        id=str(uuid.uuid4()), token=secrets.token_urlsafe(), at=datetime.now().isoformat(),
        dice=random.random(), cloned=DICE.random(), started=STARTED.isoformat(), order=list({"a", "b", "c", "d"}),
    )
"""
DJANGO = """
import uuid
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils import timezone
settings.configure(
    SECRET_KEY="x" * 50, ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, USE_TZ=True,
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    ],
)

def page(request):
    request.session["n"] = 1
    return JsonResponse({"csrf": get_token(request), "at": timezone.now(), "id": str(uuid.uuid4())})

urlpatterns = [path("", page)]
application = get_wsgi_application()
"""
FASTAPI = """
import secrets, uuid
from datetime import datetime
from fastapi import FastAPI, Request, Response
from itsdangerous import TimestampSigner
app = FastAPI()

@app.get("/")
def page(request: Request, response: Response):
    response.set_cookie("session", TimestampSigner("key").sign("ann").decode(), expires=3600)
    return {"id": uuid.uuid4(), "token": secrets.token_hex(), "at": datetime.now()}
"""

Ask = Callable[[Worker, str], tuple[Any, ...]]


def ask(worker: Worker, step: str, now_s: float = EPOCH_S + 5) -> tuple[Any, ...]:
    """The answer to GET / at `step`: status, headers, body."""
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": "/", "raw_path": b"/"}
    scope |= {"query_string": b"", "root_path": "", "headers": [(b"host", b"shop.example")]}
    scope |= {"client": ("127.0.0.1", 1), "server": ("shop.example", 80)}
    request = {"type": "workersim.request", "scope": scope, "step": 1, "user": "ann", "now": now_s, "chance": step}
    worker.sock.settimeout(30)
    worker.sock.sendall(encode([request, {"type": "http.request", "body": b"", "more_body": False}]))
    decoder, messages = Decoder(), list[Message]()
    while not messages or messages[-1]["type"] != "workersim.done":
        messages += [message for frame in decoder.feed(worker.sock.recv(1 << 16)) for message in frame]
    start = next(message for message in messages if "status" in message)
    body = b"".join(message["body"] for message in messages if "body" in message)
    return start["status"], sorted(start["headers"]), body


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Callable[[str], Launcher]]:
    """`launched(source)`: a launcher that has loaded an application with that source, time and chance owned."""
    with ExitStack() as stack:

        def launch(source: str) -> Launcher:
            (tmp_path / "shop.py").write_text(source)
            launcher = stack.enter_context(Launcher(target="shop.py", cwd=tmp_path, owns_time_and_chance=True, seed=3))
            launcher.load()
            return launcher

        yield launch


@pytest.mark.parametrize("source", [FLASK, DJANGO, FASTAPI], ids=["flask", "django", "fastapi"])
def test_an_application_answers_alike_in_two_runs(source: str, launched: Callable[[str], Launcher]) -> None:
    runs = []
    for _ in range(2):
        workers = launched(source).fork(2, LoadMode.ONCE)
        runs.append([ask(workers[0], "a"), ask(workers[0], "b"), ask(workers[1], "a")])
    assert runs[0] == runs[1]
    first, later, of_other_worker = runs[0]
    assert first[0] == 200
    assert first != later
    if source != FLASK:
        assert first == of_other_worker, "which worker serves a step is no reason for another answer"


def test_a_key_made_at_import_is_shared_by_forks_and_not_by_loads(launched: Callable[[str], Launcher]) -> None:
    launcher = launched(FLASK)

    def cookie(worker: Worker) -> Any:
        _, headers, _ = ask(worker, "a")
        return dict(headers)[b"set-cookie"]

    def key(mode: LoadMode) -> list[Any]:
        return [cookie(worker) for worker in launcher.fork(2, mode)]

    once, per_worker = key(LoadMode.ONCE), key(LoadMode.PER_WORKER)
    assert once[0] == once[1]
    assert per_worker[0] != per_worker[1]
    launcher.fork(1, LoadMode.ONCE)
    launcher.reload()
    assert cookie(launcher.workers[1]) != once[0]


def test_generators_made_at_import_are_cloned_into_the_workers(launched: Callable[[str], Launcher]) -> None:
    one, other = launched(FLASK).fork(2, LoadMode.ONCE)
    first, second = (json.loads(ask(worker, step)[2]) for worker, step in ((one, "a"), (other, "b")))
    assert first["cloned"] == second["cloned"]
    assert first["dice"] != second["dice"]
    assert first["started"] == second["started"] < first["at"]
