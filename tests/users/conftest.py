"""Stories over real workers of real frameworks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.events import Event, RequestSent, ResponseReceived
from simulator.launcher import Launcher
from simulator.proxy.call import Call
from simulator.proxy.dealer import Dealer
from simulator.proxy.direct import Direct
from simulator.proxy.transport import DirectTransport
from simulator.recorder import LogicalClock, MemorySink
from simulator.routing import RoundRobin
from simulator.story.schedule import LoadMode
from simulator.story.story import Story
from simulator.users.cast import Cast
from simulator.users.pending import PendingChange, PendingRequest

FLASK = '''
import secrets
from flask import Flask, jsonify, redirect, request, session

app = Flask(__name__)
app.secret_key = "k"
notes = {}

@app.post("/notes")
def write():
    number = len(notes) + 1
    notes[number] = request.form.get("text") or request.get_json()["text"]
    return jsonify(data={"ids": [{"id": number}]})

@app.get("/notes/<int:number>")
def read(number):
    return notes.get(number, "nothing")

@app.route("/form", methods=["GET", "POST"])
def form():
    if request.method == "GET":
        session["csrf"] = session.get("csrf") or secrets.token_hex(8)
        return f"""<html><form action="/search"><input type=hidden name=q value=1></form>
            <form method="post"><input type="hidden" name="csrf" value="{session['csrf']}">
            <input type="hidden" name="kind" value="a&amp;b"><input name="item"></form></html>"""
    if request.form.get("csrf") != session.get("csrf", ""):
        return "forged", 400
    session["items"] = [*session.get("items", []), request.form["item"] + request.form["kind"]]
    return redirect("/form/done?x=1")

@app.get("/form/done")
def done():
    return jsonify(session["items"])

@app.get("/show")
def show():
    return jsonify(path=request.full_path, who=request.headers.get("X-User-Id"), auth=str(request.authorization),
                   kind=request.content_type, agent=str(request.user_agent), encoding=str(request.accept_encodings))

@app.get("/hang")
def hang():
    import time
    time.sleep(3600)

@app.get("/price")
def price():
    return open("price.txt").read()
'''

DJANGO = """
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.urls import path

settings.configure(
    SECRET_KEY="k" * 50, ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], DEBUG=False,
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
)
items = []

def page(request):
    if request.method == "POST":
        items.append(request.POST.get("item") or request.body.decode())
        return JsonResponse(items, safe=False)
    get_token(request)
    return HttpResponse("<p>no form here</p>")

def form(request):
    field = f"<input type=hidden name=csrfmiddlewaretoken value={get_token(request)}>"
    return HttpResponse(f'<form method=post action="/">{field}</form>')

urlpatterns = [path("", page), path("form", form)]
application = get_wsgi_application()
"""


@dataclass
class Told:
    """A story that was told: what was written down, and the cast."""

    cast: Cast
    events: list[Event]

    def bodies(self) -> list[str]:
        return [event.body.decode() for event in self.events if isinstance(event, ResponseReceived)]

    def sent(self) -> list[RequestSent]:
        return [event for event in self.events if isinstance(event, RequestSent)]

    def statuses(self) -> list[int]:
        return [event.status for event in self.events if isinstance(event, ResponseReceived)]


class Theatre:
    """Tells stories to one application on fresh workers."""

    def __init__(self, launcher: Launcher, folder: Path) -> None:
        self.launcher = launcher
        self.folder = folder

    @contextmanager
    def tell(self, story: Story, order: str, *, workers: int = 1, timeout_s: float = 5.0) -> Iterator[Told]:
        """Each word of `order` is the user who takes the next step; world changes are carried out."""
        self.launcher.fork(workers, LoadMode.ONCE)
        sink, clock = MemorySink(), LogicalClock()
        dealer = Dealer(fleet=self.launcher, routing=RoundRobin(), clock=clock, sink=sink, timeout_s=timeout_s)
        way = DirectTransport(Direct(dealer))
        seen: Callable[..., None] = lambda *said: sink.events.append(said)  # type: ignore[arg-type]  # noqa: E731
        with Cast(story, way=way, cwd=self.folder, waits=clock.wait, witness=seen) as cast:
            for step, user in enumerate(order.split(), start=1):
                actor = cast.actors[user]
                pending = actor.advance()
                if isinstance(pending, PendingRequest):
                    actor.answer(
                        Call(
                            user=user,
                            step=step,
                            effects=pending.effects,
                            expect=pending.expect,
                            composed=pending.composed,
                        )
                    )
                elif isinstance(pending, PendingChange):
                    pending.act()
                    actor.go_on()
            yield Told(cast, sink.events)


def _theatre(source: str, folder: Path) -> Iterator[Theatre]:
    (folder / "shop.py").write_text(source)
    with Launcher(target="shop.py", cwd=folder) as launcher:
        launcher.load()
        yield Theatre(launcher, folder)


@pytest.fixture(scope="package")
def flask_theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    yield from _theatre(FLASK, tmp_path_factory.mktemp("flask"))


@pytest.fixture(scope="package")
def django_theatre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    yield from _theatre(DJANGO, tmp_path_factory.mktemp("django"))
