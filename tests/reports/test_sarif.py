"""SARIF 2.1.0: the parts of the standard that the report uses, and models of the whole by sarif-pydantic."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sarif_pydantic import Sarif

from simulator.reports.sarif import FINGERPRINT, fingerprint, sarif

RESULTS = ["broken", "fixed", "stale", "unclear", "hostile"]

# object: (properties that must be there, properties that may be), by the section of the standard
FORM = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool", "results"}, {"columnKind", "invocations"}),
    "driver": ({"name"}, {"version", "semanticVersion", "rules"}),
    "rule": ({"id"}, {"name", "shortDescription", "fullDescription", "help", "defaultConfiguration"}),
    "result": (
        {"message", "ruleId", "locations", "partialFingerprints"},
        {"ruleIndex", "level", "relatedLocations", "codeFlows", "properties"},
    ),
}


def has_form(thing, name):
    required, allowed = FORM[name]
    assert required <= set(thing) <= required | allowed


@pytest.mark.parametrize("which", RESULTS)
def test_sarif(which, request, approve):
    text = sarif([request.getfixturevalue(which)])
    log = json.loads(text)
    has_form(log, "log")
    assert log["version"] == "2.1.0"
    for run in log["runs"]:
        has_form(run, "run")
        driver = run["tool"]["driver"]
        has_form(driver, "driver")
        for rule in driver["rules"]:
            has_form(rule, "rule")
        for result in run["results"]:
            has_form(result, "result")
            assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
            for location in result["locations"]:
                physical = location["physicalLocation"]
                assert urlsplit(physical["artifactLocation"]["uri"]).query == ""
                assert physical["region"]["startLine"] >= 1
    approve(text)


@pytest.mark.parametrize("which", RESULTS)
def test_the_models_of_the_standard_accept_it(which, request):
    log = Sarif.model_validate_json(sarif([request.getfixturevalue(which)]))
    assert log.runs[0].tool.driver.name == "workersim"


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
