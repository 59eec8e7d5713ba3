"""JUnit has no standard but what its readers agree on: `junit.xsd`, in our words, holds that.

Where `WORKERSIM_SCHEMAS` names a folder with the schema of Jenkins' xunit plugin (junit-10.xsd), that one has to agree.
"""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree.ElementTree import fromstring, tostring

import pytest
from xmlschema import XMLSchema

from simulator.reports.junit import junit

RESULTS = ["broken", "fixed", "stale", "unclear", "hostile"]
SCHEMAS = [Path(__file__).with_name("junit.xsd")]
if FOLDER := os.environ.get("WORKERSIM_SCHEMAS"):
    SCHEMAS.append(Path(FOLDER, "junit-10.xsd"))


@pytest.fixture(scope="module")
def schemas() -> list[XMLSchema]:
    return [XMLSchema(str(path)) for path in SCHEMAS]


@pytest.mark.parametrize("which", RESULTS)
def test_junit(which, request, approve, schemas):
    text = junit([request.getfixturevalue(which)])
    for schema in schemas:
        schema.validate(text)
    approve(text)


@pytest.mark.parametrize(
    ("where", "name", "value"),
    [
        (".", "tests", "two"),
        ("testsuite", "skip", "0"),
        (".//testcase", "time", "0,5"),
        (".//failure", "type", "lost write"),
    ],
)
def test_the_schema_refuses_what_readers_would_not_understand(broken, schemas, where, name, value):
    root = fromstring(junit([broken]).encode())
    root.find(where).set(name, value)
    assert not schemas[0].is_valid(tostring(root, encoding="unicode"))


def test_numbers_are_those_of_the_cases(broken, fixed, unclear):
    root = fromstring(junit([broken, fixed, unclear]).encode())
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "2", "1")
    for suite in root:
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases)
        assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases)
        assert int(suite.get("errors")) == sum(case.find("error") is not None for case in cases)


def test_characters_that_xml_cannot_hold(broken):
    from dataclasses import replace

    example = broken.examples[0]
    step = replace(example.steps[1], answer="\x00\x0b\ufffe\ud800 & <x>", mark="\x00\ufffe]]> missing")
    text = junit([replace(broken, examples=(replace(example, steps=(example.steps[0], step)),))])
    failure = fromstring(text.encode()).find(".//failure")
    assert "]]> missing" in failure.get("message")
    assert "& <x>" in failure.text
