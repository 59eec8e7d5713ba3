from __future__ import annotations

import json
from datetime import UTC, datetime

from simulator.reports.har import har

ENTRY = {"startedDateTime", "time", "request", "response", "cache", "timings"}
REQUEST = {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"}
RESPONSE = {
    "status",
    "statusText",
    "httpVersion",
    "cookies",
    "headers",
    "content",
    "redirectURL",
    "headersSize",
    "bodySize",
}


def test_har(events, approve):
    approve(har(events, began=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))


def test_it_is_har_1_2(events):
    log = json.loads(har(events))["log"]
    assert log["version"] == "1.2"
    assert {"name", "version"} <= set(log["creator"])
    pages = {page["id"] for page in log["pages"]}
    for page in log["pages"]:
        assert {"startedDateTime", "id", "title", "pageTimings"} <= set(page)
    for entry in log["entries"]:
        assert set(entry) >= ENTRY
        assert set(entry["request"]) >= REQUEST
        assert set(entry["response"]) >= RESPONSE
        assert {"size", "mimeType"} <= set(entry["response"]["content"])
        assert entry["pageref"] in pages
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        assert entry["time"] == sum(entry["timings"].values())


def test_one_page_for_each_user_of_a_run(events):
    log = json.loads(har(events))["log"]
    assert [page["title"] for page in log["pages"]] == ["alice in order 2:aa", "bob in order 2:ab"]
    assert [entry["request"]["url"] for entry in log["entries"]] == [
        "http://localhost/add?x=1&y=",
        "http://localhost/view",
        "http://localhost/slow",
    ]


def test_bytes_that_are_no_text_are_encoded(events):
    content = json.loads(har(events))["log"]["entries"][1]["response"]["content"]
    assert (content["encoding"], content["text"]) == ("base64", "iVBOR/8=")


def test_a_request_without_an_answer_has_status_0(events):
    entry = json.loads(har(events))["log"]["entries"][2]
    assert entry["response"]["status"] == 0
    assert entry["_error"] == "worker-died: SIGSEGV"
