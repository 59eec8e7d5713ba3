"""The page in a real browser: steps, keys, addresses, without scripts, on paper, and for everyone (axe)."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from simulator.reports.html import page


@pytest.fixture
def pair(broken, fixed, tmp_path) -> str:
    return written(tmp_path, page([broken, fixed]))


@pytest.fixture
def alone(broken, tmp_path) -> str:
    return written(tmp_path, page([broken]))


def written(folder: Path, text: str) -> str:
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


def axe_source() -> str:
    """axe-core, from the package of the test extra or (a newer one) from the file that WORKERSIM_AXE names."""
    if said := os.environ.get("WORKERSIM_AXE"):
        return Path(said).read_text(encoding="utf-8")
    return (Path(find_spec("axe_core_python").origin).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(tab) -> list[str]:
    tab.run(axe_source() + "; 0")
    found = tab.run("axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations))")
    return [f"{each['id']}: {[node['html'] for node in each['nodes']][:3]}" for each in json.loads(found)]


def test_it_opens_at_the_first_error(tab, pair):
    tab.open(pair)
    assert tab.run("location.hash") == "#order=2:abb&step=3"
    assert tab.text("#at") == "step 3 of 3"
    assert "✗ W002 W003 bob-1 is missing" in tab.text("#caption")
    assert tab.texts(".card .mark") == ["✗ W002 W003 bob-1 is missing, and alice-1 is shown to bob"]
    assert tab.texts(".card .right") == ["✓ right"]
    assert tab.run("document.getElementById('plain').hidden") is True
    assert tab.troubles == []


def test_steps_forward_and_back_with_memory(tab, alone):
    tab.open(alone + "#order=2:abb&step=0")
    assert "Nothing has happened yet" in tab.text("#caption")
    assert tab.texts(".card .answer") == []
    tab.press("ArrowRight")
    assert tab.text("#at") == "step 1 of 3"
    assert tab.texts(".card .answer") == ['["alice-1"]']
    assert tab.texts(".held dd") == ["['alice-1']", "[]"]
    tab.press("ArrowRight")
    assert tab.texts(".held dd") == ["['alice-1']", "['bob-1']"]
    assert tab.texts(".held .changed") == ["['bob-1']"]
    tab.press("ArrowLeft")
    assert tab.text("#at") == "step 1 of 3"
    assert tab.run("location.hash") == "#order=2:abb&step=1"
    assert tab.troubles == []


def test_every_state_has_an_address(tab, pair):
    tab.open(pair + "#order=2:aa&step=1&view=0")
    assert tab.text("#at") == "step 1 of 2"
    assert tab.texts(".side h2 span:nth-child(2)") == ["flask_app.py"]
    tab.run("location.hash = '#order=1:ab&step=2'; new Promise(done => setTimeout(done, 0))")
    assert tab.text("#at") == "step 2 of 2"
    assert "alice-1 shown to bob" in tab.text("#caption")
    tab.open(pair + "#order=9:nonsense&step=99")
    assert tab.text("#at") == "step 3 of 3"


@pytest.mark.parametrize(
    ("key", "question", "answer"),
    [
        (" ", "document.getElementById('at').innerText", "step 3 of 3"),
        ("e", "document.getElementById('at').innerText", "step 3 of 3"),
        ("o", "location.hash.slice(0, 11)", "#order=2:aa"),
        ("1", "location.hash.slice(0, 11)", "#order=1:ab"),
        ("b", "document.querySelectorAll('.side').length", 1),
        ("c", "document.querySelectorAll('.code').length", 0),
        ("m", "document.querySelectorAll('.held').length", 0),
        ("d", "document.documentElement.dataset.theme", "dark"),
        ("t", "document.getElementById('plain').hidden", False),
        ("?", "document.getElementById('keys').open", True),
        ("p", "document.getElementById('play').getAttribute('aria-pressed')", "true"),
    ],
)
def test_keys(key, question, answer, tab, pair):
    tab.open(pair + "#order=2:abb&step=2")
    assert tab.run(question) != answer
    tab.press(key)
    assert tab.run(question) == answer
    assert tab.troubles == []


def test_a_key_in_a_field_belongs_to_the_field(tab, pair):
    tab.open(pair + "#order=2:abb&step=2")
    tab.run("document.getElementById('slider').focus()")
    tab.press("d")
    assert tab.run("document.documentElement.dataset.theme || ''") == ""


def test_play_stops_at_the_first_error(tab, pair):
    tab.open(pair + "#order=2:abb&step=0")
    tab.run("document.getElementById('speed').value = 5")
    tab.press("p")
    stopped = "document.getElementById('play').getAttribute('aria-pressed') === 'false'"
    wait = f"new Promise(done => {{ const look = () => {stopped} ? done(1) : setTimeout(look, 20); look(); }})"
    assert tab.run(wait) == 1
    assert tab.text("#at") == "step 3 of 3"


def test_a_prediction(tab, alone):
    tab.open(alone + "#order=2:abb&step=2")
    assert tab.text("#question") == "Before step 3: What will bob see?"
    assert tab.texts("#choices label") == ['["bob-1"]', '["alice-1"]']
    tab.click("#choices label:first-child input")
    tab.click("#predict button")
    assert tab.text("#caption").startswith('Not this time: you said ["bob-1"].')
    assert tab.text("#at") == "step 3 of 3"
    assert tab.run("document.getElementById('predict').hidden") is True
    tab.open(alone + "#order=2:aa&step=1")
    tab.click("#choices label:first-child input")
    tab.click("#predict button")
    assert tab.text("#caption").startswith("You were right.")


def test_the_guilty_line_is_marked(tab, alone):
    tab.open(alone)
    assert tab.texts(".code .guilty") == ["4\nthe_list = []\n← each worker has its own copy"]
    assert tab.texts(".code .named .note") == ["← answers from here", "← changed here"]


def test_what_happens_outside_is_a_bar_across_all_lanes(tab, stale, tmp_path):
    tab.open(written(tmp_path, page([stale])))
    assert tab.texts("td.bar") == ["world: write price.txt price-1", "operator: reload"]
    assert tab.run("[...document.querySelectorAll('td.bar')].every(e => e.colSpan === 2)") is True


def test_text_of_an_application_is_shown_and_not_run(tab, hostile, tmp_path):
    tab.open(written(tmp_path, page([hostile])))
    assert "</script><script>alert(1)</script>" in tab.text(".card .answer")
    assert tab.run("document.scripts.length") == 2
    assert tab.troubles == []


def test_unknown_is_told_by_the_tables(tab, unclear, tmp_path):
    tab.open(written(tmp_path, page([unclear])))
    assert tab.run("document.getElementById('app').hidden") is True
    assert "all 24 answers were 404 Not Found" in tab.text("#plain")
    assert tab.troubles == []


def test_without_scripts_the_tables_stand_alone(tab, pair):
    tab.open(pair, scripts=False)
    assert tab.run("getComputedStyle(document.getElementById('app')).display") == "none"
    assert "alice-1 is missing" in tab.text("#plain")


def test_on_paper_the_tables_stand_alone(tab, pair):
    tab.open(pair)
    tab.call("Emulation.setEmulatedMedia", media="print")
    assert tab.run("getComputedStyle(document.getElementById('app')).display") == "none"
    assert tab.run("getComputedStyle(document.getElementById('plain')).display") == "block"
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    ("scheme", "state"),
    [
        ("light", "#order=2:abb&step=2"),
        ("light", "#order=2:abb&step=3"),
        ("dark", "#order=2:abb&step=2"),
        ("dark", "#order=2:abb&step=3"),
    ],
)
def test_everyone_can_read_it(scheme, state, tab, pair):
    tab.look(scheme=scheme, motion="reduce")
    tab.open(pair + state)
    assert violations(tab) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_the_list_of_keys(scheme, tab, stale, tmp_path):
    tab.look(scheme=scheme, motion="reduce")
    tab.open(written(tmp_path, page([stale])))
    tab.press("?")
    assert violations(tab) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everyone_can_read_the_tables_on_a_narrow_screen(scheme, tab, alone):
    tab.look(width=400, height=800, scheme=scheme, motion="reduce")
    tab.open(alone)
    tab.press("t")
    assert violations(tab) == []


def test_axe_finds_something_where_there_is_something(tab, tmp_path):
    tab.open(written(tmp_path, "<!doctype html><html><body><img src='x'><p style='color:#ccc'>pale</p></body></html>"))
    assert {each.split(":")[0] for each in violations(tab)} >= {"image-alt", "html-has-lang", "color-contrast"}


def test_by_keyboard_alone(tab, pair):
    """Tab reaches every control, in the order in which they are read."""
    tab.open(pair + "#order=2:abb&step=2")
    tab.run("document.activeElement.blur()")
    seen = []
    for _ in range(40):
        tab.press("Tab")
        name = tab.run("document.activeElement.id || document.activeElement.getAttribute('aria-label') || ''")
        if seen and name == seen[0]:
            break
        seen.append(name)
    assert [
        each for each in seen if each in {"order", "theme", "help", "first", "next", "play", "slider", "error"}
    ] == [
        "order",
        "theme",
        "help",
        "first",
        "next",
        "play",
        "slider",
        "error",
    ]
    assert "workers of flask_app.py" in seen


def test_a_long_story_shows_the_step_that_is_asked_for(tab, broken, tmp_path):
    shown = broken.shown[0]
    steps = tuple(replace(shown.steps[0], number=number) for number in range(1, 101))
    long = replace(broken, shown=(replace(shown, order="2:aaaa", steps=steps),), examples=())
    tab.open(written(tmp_path, page([long])) + "#order=2:aaaa&step=60")
    for number in (60, 61, 100, 3):
        tab.run(f"location.hash = '#order=2:aaaa&step={number}'; new Promise(done => setTimeout(done, 0))")
        top = tab.run("document.querySelector('tr.now').getBoundingClientRect().top")
        frame = tab.run("(({top, bottom}) => [top, bottom])(document.querySelector('.scroll').getBoundingClientRect())")
        assert frame[0] < top < frame[1]
    assert tab.run("scrollY") == 0


def test_it_fits_a_projector(tab, pair):
    tab.look(width=1280, height=720)
    tab.open(pair)
    assert tab.run("document.documentElement.scrollWidth") <= 1280
    controls = tab.run("document.querySelector('.controls').getBoundingClientRect().bottom")
    assert controls <= 720
    assert tab.run("document.querySelector('tr.now').getBoundingClientRect().bottom") < 720


def test_many_workers_scroll_inside_their_frame(tab, broken, tmp_path):
    shown = broken.shown[0]
    steps = tuple(replace(shown.steps[0], number=n, worker=n, request="GET /" + "long" * 20) for n in range(1, 9))
    tab.look(width=400, height=800)
    tab.open(
        written(
            tmp_path, page([replace(broken, shown=(replace(shown, order="8:aaaaaaaa", steps=steps),), examples=())])
        )
    )
    assert tab.run("document.documentElement.scrollWidth") <= 400
    assert len(tab.texts(".lanes thead th")) == 9


def test_two_workers_fit_on_a_phone(tab, broken, tmp_path):
    tab.look(width=400, height=900)
    tab.open(written(tmp_path, page([broken])))
    assert tab.run("document.documentElement.scrollWidth") == 400
    assert tab.run("(s => s.scrollWidth - s.clientWidth)(document.querySelector('.scroll'))") <= 0


def test_a_status_that_the_answer_says_is_said_once(tab, broken, tmp_path):
    steps = [replace(one, status=302, answer="302 to /view") for one in broken.shown[0].steps]
    tab.open(
        written(tmp_path, page([replace(broken, examples=(), shown=(replace(broken.shown[0], steps=tuple(steps)),))]))
    )
    assert {answer.strip() for answer in tab.texts(".card .answer code")} == {"302 to /view"}
