"""Forms on pages, and CSRF cookies."""

from __future__ import annotations

import httpx
import pytest

from simulator.users.forms import FormMemory, csrf_headers, forms_in


@pytest.mark.parametrize(
    ("page", "forms"),
    [
        ("<p>none</p>", []),
        ("<form><input type=hidden name=a value=1></form>", [("", {"a": "1"})]),
        ('<FORM ACTION="/x?y"><INPUT TYPE="HIDDEN" NAME="a" VALUE="&lt;1&gt;"></FORM>', [("/x?y", {"a": "<1>"})]),
        ("<form action=/a></form><input type=hidden name=b value=1>", [("/a", {})]),
        (
            "<form><input type=text name=a value=1><input type=hidden value=2><input type=hidden name=c>",
            [("", {"c": ""})],
        ),
        ("<form action=/a><input type=hidden name=t value=1><form action=/b>", [("/a", {"t": "1"}), ("/b", {})]),
        ("<!-- <form action=/no> --><form action=/yes>", [("/yes", {})]),
    ],
)
def test_forms_of_a_page(page: str, forms: list[tuple[str, dict[str, str]]]) -> None:
    assert forms_in(page) == forms


def answer(url: str, page: str, kind: str = "text/html; charset=utf-8") -> httpx.Response:
    return httpx.Response(200, headers={"content-type": kind}, text=page, request=httpx.Request("GET", url))


def test_the_newest_form_with_the_same_target_counts() -> None:
    memory = FormMemory()
    memory.see(answer("http://a/one/", "<form action='../cart'><input type=hidden name=t value=1></form>"))
    memory.see(answer("http://a/two", "<form action='/cart?x=1'><input type=hidden name=t value=2></form>"))
    memory.see(answer("http://a/three", "<form><input type=hidden name=t value=3></form>"))
    memory.see(answer("http://b/cart", "<form><input type=hidden name=t value=4></form>"))
    memory.see(answer("http://a/cart", "<form><input type=hidden name=t value=5></form>", "application/json"))
    assert memory.hidden(httpx.URL("http://a/cart")) == {"t": "2"}
    assert memory.hidden(httpx.URL("http://a/three?y=1")) == {"t": "3"}
    assert memory.hidden(httpx.URL("http://a/nowhere")) == {}


def test_csrf_cookies_become_headers() -> None:
    cookies = httpx.Cookies({"csrftoken": "d", "XSRF-TOKEN": "x", "session": "s"})
    assert csrf_headers(cookies) == {"X-CSRFToken": "d", "X-XSRF-TOKEN": "x"}
