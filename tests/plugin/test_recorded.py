"""Recorded visits and failed orders become tests that work as they were printed."""

from __future__ import annotations

import json
import textwrap
from urllib.parse import urlencode

import pytest

from simulator.errors import StoryError
from simulator.story.visit import visit_of

SHOP = '''
import secrets
from flask import Flask, abort, redirect, request, session

app = Flask(__name__)
app.secret_key = "a key"
items = []

FORM = """
<link rel=stylesheet href=/static/shop.css><h1>Cart &amp; list</h1>
<form method=post action=/cart><input type="hidden" name="ticket" value="{ticket}">
<input name="item"><input name="note"></form><ul>{rows}</ul>
"""


@app.get("/cart")
def show():
    ticket = session.setdefault("ticket", secrets.token_hex(8))
    return FORM.format(ticket=ticket, rows="".join(f"<li>{item}" for item in items))


@app.post("/cart")
def add():
    if request.form["ticket"] != session.get("ticket"):
        abort(403)
    items.append(request.form["item"])
    return redirect("/cart")


@app.post("/remove/<item>")
def remove(item):
    items.remove(item)
    return {"left": len(items)}


@app.post("/api/cart")
def api():
    items.append(request.json["item"]["name"])
    return {"stored": True}
'''


class Browser:
    """Visits the app by Flask's own client, and writes a HAR file as Chromium does."""

    def __init__(self):
        module = {"__name__": "shop"}
        exec(SHOP, module)
        self.client = module["app"].test_client()
        self.entries = []

    def ask(self, method, path, *, form=None, body=None):
        answer = self.client.open(path, method=method, data=form, json=body)
        request = {"method": method, "url": f"http://127.0.0.1:5000{path}", "headers": [], "cookies": []}
        if form is not None:
            params = [{"name": name, "value": value} for name, value in form.items()]
            kind = "application/x-www-form-urlencoded"
            request["postData"] = {"mimeType": kind, "text": urlencode(form), "params": params}
        if body is not None:
            request["postData"] = {"mimeType": "application/json", "text": json.dumps(body)}
        self.add(request, answer.status_code, answer.content_type, answer.text, answer.headers.get("location", ""))
        if answer.status_code == 302:
            return self.ask("GET", answer.headers["location"])
        return answer.text

    def add(self, request, status, kind, text, location=""):
        content = {"size": len(text), "mimeType": kind, "text": text}
        response = {"status": status, "headers": [], "content": content, "redirectURL": location}
        time = f"2026-01-01T10:00:{len(self.entries):02}.000Z"
        self.entries.append({"startedDateTime": time, "pageref": "page_1", "request": request, "response": response})

    def pick(self, url, kind):
        self.add({"method": "GET", "url": url}, 200, kind, "")

    def har(self):
        return json.dumps({"log": {"version": "1.2", "creator": {"name": "WebInspector"}, "entries": self.entries}})


def ticket_of(page):
    return page.partition('name="ticket" value="')[2].partition('"')[0]


@pytest.fixture
def browser():
    browser = Browser()
    page = browser.ask("GET", "/cart")
    browser.pick("http://127.0.0.1:5000/static/shop.css", "text/css")
    browser.pick("https://fonts.example/one.json", "application/json")
    browser.ask("POST", "/cart", form={"ticket": ticket_of(page), "item": "fresh milk", "note": 'say "$5"'})
    browser.ask("POST", "/api/cart", body={"item": {"name": "bread", "count": 12}})
    browser.ask("GET", "/cart")
    return browser


def test_a_visit_as_a_story(browser):
    visit = visit_of(browser.har())
    assert visit.story.text == textwrap.dedent("""\
        data: private items
        alice: GET /cart
        alice: POST /cart item=VALUE note="say \\"$$5\\"" adds data
        alice: POST /api/cart {"item": {"name": "VALUE", "count": 12}} adds data
        alice: GET /cart shows data
        bob: GET /cart
        bob: POST /cart item=VALUE note="say \\"$$5\\"" adds data
        bob: POST /api/cart {"item": {"name": "VALUE", "count": 12}} adds data
        bob: GET /cart shows data
        """)
    assert (visit.requests, visit.left_out, visit.secrets) == (4, 2, ())


def test_what_is_removed_and_where_a_redirect_is_all_that_shows():
    browser = Browser()
    page = browser.ask("GET", "/cart")
    for item in ("milk", "bread"):
        browser.ask("POST", "/cart", form={"ticket": ticket_of(page), "item": item, "note": ""})
    browser.ask("POST", "/remove/milk")
    browser.ask("POST", "/cart", form={"ticket": ticket_of(page), "item": "eggs", "note": ""})
    lines = visit_of(browser.har()).story.text.splitlines()
    assert [line for line in lines if line.startswith("alice")] == [
        "alice: GET /cart",
        'alice: POST /cart item=VALUE note="" adds data',
        'alice: POST /cart item=VALUE note="" adds data',
        "alice: POST /remove/alice-1 removes data",
        'alice: POST /cart item=VALUE note="" adds data',
        "alice: GET /cart shows data",
    ]
    assert "bob: POST /remove/bob-1 removes data" in lines


def test_one_account_is_one_person():
    browser = Browser()
    browser.pick("http://127.0.0.1:5000/login", "text/html")
    form = {"username": "mia", "password": "open sesame"}
    browser.ask("POST", "/login", form=form)
    visit = visit_of(browser.har())
    assert visit.story.users == ("alice",)
    assert visit.secrets == ("password",)
    assert 'POST /login username=mia password="open sesame"' in visit.story.text


@pytest.mark.parametrize("text", ["", "[]", '{"log": {}}', '{"log": {"entries": [1]}}', '{"log": {"entries": 3}}'])
def test_what_is_no_visit(text):
    with pytest.raises(StoryError, match="no HAR file"):
        visit_of(text)


def test_a_visit_without_pages():
    browser = Browser()
    browser.pick("http://127.0.0.1:5000/picture.png", "image/png")
    with pytest.raises(StoryError, match="no request"):
        visit_of(browser.har())


def test_an_imported_visit_is_a_test_that_finds_what_is_wrong(browser, pytester, capsys):
    from simulator.commands import main

    pytester.makepyfile(shop=SHOP)
    (pytester.path / "visit.har").write_text(browser.har())
    assert main(["import", "visit.har", "--as-pytest", "--app", "shop:app"]) == 0
    text, warnings = capsys.readouterr()
    assert warnings == ""
    assert 'multiworker("shop:app").check(STORY)' in text
    (pytester.path / "test_visit.py").write_text(text.replace("check(STORY)", 'check(STORY, order="2:aaaaa")'))
    result = pytester.runpytest_inprocess("-W", "error", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["W002 lost write, order 2:aaaaa *"])


def test_a_visit_through_the_gateway(pytester, capsys):
    """A browser at the gateway: its record is imported like a HAR file."""
    import httpx

    from simulator.commands import main
    from simulator.history.record import Header
    from simulator.launcher import Launcher
    from simulator.proxy.dealer import Dealer
    from simulator.proxy.gateway import Gateway
    from simulator.proxy.server import Server
    from simulator.recorder import LogicalClock
    from simulator.recorder.file import FileSink
    from simulator.routing import routing_named
    from simulator.story.schedule import LoadMode

    pytester.makepyfile(shop=SHOP)
    header = Header(workersim="1", python="3", app="shop:app")
    with (
        FileSink(pytester.path / "visit.jsonl", header=header) as sink,
        Launcher(target="shop:app", cwd=pytester.path) as launcher,
    ):
        launcher.load()
        launcher.fork(1, LoadMode.ONCE)
        dealer = Dealer(
            fleet=launcher, routing=routing_named("round-robin"), clock=LogicalClock(), sink=sink, timeout_s=5.0
        )
        with Server(Gateway(dealer)) as server, httpx.Client(base_url=server.url, trust_env=False) as client:
            page = client.get("/cart").text
            client.post("/cart", data={"ticket": ticket_of(page), "item": "fresh milk", "note": ""})
            client.get("/cart")
    assert main(["import", "visit.jsonl"]) == 0
    assert capsys.readouterr().out.splitlines()[1:5] == [
        "data: private items",
        "alice: GET /cart",
        'alice: POST /cart item=VALUE note="" adds data',
        "alice: GET /cart shows data",
    ]


pytest_plugins = ["pytester"]
