"""The file itself, read by a parser: what is in it, what is not, and that nothing of an application is markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from simulator.reports.html import page
from simulator.reports.html.data import MOST_STEPS
from simulator.result import Shown

VOID = {"meta", "input", "br", "hr", "link", "img"}
ADDRESSES = {"src", "href", "action", "data", "poster", "srcset", "formaction", "cite", "background", "ping"}


class Reader(HTMLParser):
    """Collects elements and text, and checks that every element is closed in its place."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.words.setdefault(self.open[-1], []).append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


def data_in(text: str):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])


def plain(text: str) -> str:
    return text[text.index('<section id="plain"') : text.index('<script type="application/json"')]


@pytest.mark.parametrize("which", ["broken", "fixed", "stale", "unclear", "hostile"])
def test_nothing_is_loaded_from_anywhere(which, request):
    text = page([request.getfixturevalue(which)])
    reader = read(text)
    assert not [attrs for _, attrs in reader.elements if ADDRESSES & set(attrs)]
    assert not {tag for tag, _ in reader.elements} & {"link", "img", "iframe", "object", "embed", "base"}
    for styled in reader.words["style"]:
        assert "url(" not in styled
        assert "@import" not in styled
    program = reader.words["script"][-1]
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|import|eval|innerHTML|outerHTML)\b", program)
    assert "://" not in program


def test_no_element_has_a_style_or_a_handler_of_its_own(broken, fixed):
    attributes = {name for _, attrs in read(page([broken, fixed])).elements for name in attrs}
    assert not [name for name in attributes if name == "style" or name.startswith("on")]


def test_text_of_an_application_is_never_markup(hostile, broken):
    reader, harmless = read(page([hostile])), read(page([broken]))
    assert sum(tag == "script" for tag, _ in reader.elements) == sum(tag == "script" for tag, _ in harmless.elements)
    raw = re.search(r'id="data">(.*?)</script>', page([hostile]), re.DOTALL)[1]
    assert not set("<>&") & set(raw)
    assert raw.isascii()
    answer = data_in(page([hostile]))["sides"][0]["orders"]["2:aa"]["steps"][0]["answer"]
    assert "</script><script>alert(1)</script><!--" in answer
    assert "\x1b" not in answer


def test_a_marker_of_the_template_in_an_answer_stays_as_it_is(broken):
    example = broken.examples[0]
    odd = replace(example, steps=(replace(example.steps[0], answer="<!--=data-->"), example.steps[1]))
    text = page([replace(broken, examples=(odd,), shown=())])
    assert text.count('id="data"') == 1
    assert "&lt;!--=data--&gt;" in plain(text)


@pytest.mark.parametrize("which", ["broken", "stale", "hostile"])
def test_every_cross_is_also_told_in_words(which, request):
    """Without scripts: each cross has a code or a sentence behind it."""
    crosses = re.findall(r"✗([^<]*)<", plain(page([request.getfixturevalue(which)])))
    assert crosses
    assert all(re.search(r"\w{3}", words) for words in crosses)


def test_without_scripts_everything_is_in_the_tables(broken, fixed, approve):
    text = plain(page([broken, fixed]))
    for words in ("alice-1 is missing", "alice-1 shown to bob", "GET /add/bob-1", "worker 1: the_list", "items.db"):
        assert words in text
    assert text.count("<table") == text.count("<caption>") == 7
    approve(re.sub(r"(</(?:tr|table|h[123]|p|caption)>)", r"\1\n", text))


def test_limits_are_told(broken):
    shown = broken.shown[0]
    many = tuple(replace(shown.steps[0], number=number) for number in range(1, 1341))
    text = page([replace(broken, shown=(Shown(order="2:a", steps=many),), examples=())])
    order = data_in(text)["sides"][0]["orders"]["2:a"]
    assert (len(order["steps"]), order["in_all"], order["record"]) == (MOST_STEPS, 1340, ".workersim/latest.jsonl")
    assert "(the first 200 of 1,340 steps)" in plain(text)


def test_orders_that_all_know_come_first(broken, fixed):
    assert data_in(page([broken, fixed]))["orders"] == ["2:abb", "2:aa", "1:ab"]
    assert data_in(page([broken]))["orders"] == ["2:aa", "1:ab", "2:abb"]


def test_the_policy_names_the_program_that_is_in_the_file(broken):
    import base64
    import hashlib

    reader = read(page([broken]))
    policy = next(
        attrs["content"] for _, attrs in reader.elements if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    for text in ("".join(reader.words["style"]), reader.words["script"][-1]):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy


def test_without_sources_only_the_known_lines_are_shown(broken):
    lines = data_in(page([replace(broken, sources={})]))["sides"][0]["code"][0]["lines"]
    assert [(number, kind) for number, _, _, kind in lines] == [(4, "guilty"), (9, "named"), (14, "named")]


def test_long_files_are_shown_around_the_lines_that_matter(broken):
    long = {"flask_app.py": (*broken.sources["flask_app.py"], *("pass" for _ in range(500)))}
    lines = data_in(page([replace(broken, sources=long)]))["sides"][0]["code"][0]["lines"]
    assert [number for number, *_ in lines] == list(range(1, 19))
