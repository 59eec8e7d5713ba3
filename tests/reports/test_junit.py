"""JUnit has no standard; the tables below are what the schema of Jenkins' xunit plugin allows."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from simulator.reports.junit import junit

# element: (attributes that must be there, attributes that may be, children in any number)
FORM = {
    "testsuites": ({"name", "tests", "failures", "errors", "time"}, {"disabled", "skipped"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time"},
        {"timestamp", "hostname", "id", "package", "file"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name", "classname", "time"}, {"file", "line"}, {"failure", "error", "skipped"}),
    "failure": ({"message", "type"}, set(), set()),
    "error": ({"message", "type"}, set(), set()),
}
RESULTS = ["broken", "fixed", "stale", "unclear", "hostile"]


def check(element):
    required, allowed, children = FORM[element.tag]
    assert required <= set(element.attrib) <= required | allowed
    assert {child.tag for child in element} <= children
    for child in element:
        check(child)


@pytest.mark.parametrize("which", RESULTS)
def test_junit(which, request, approve):
    text = junit([request.getfixturevalue(which)])
    check(fromstring(text.encode()))
    approve(text)


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
