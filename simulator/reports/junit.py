"""JUnit XML: a test suite for each application, a failed case for each finding.

The form is the one that Jenkins, GitLab and most others read: `testsuites/testsuite/testcase`, with attributes and
children that their schemas know, and no others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from simulator.reports.failure import failure
from simulator.reports.layout import clean
from simulator.reports.words import heading, place_of, title
from simulator.result import Example, Result, Unknown

# What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[Result]) -> str:
    """One document, with a line feed at its end."""
    root = Element("testsuites", name="workersim")
    for result in results:
        root.append(_suite(result))
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{sum(result.took_s for result in results):.3f}")
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(result: Result) -> Element:
    cases = [_failed(example, result) for example in result.examples]
    cases += [_error(unknown, result) for unknown in result.unknowns]
    suite = Element(
        "testsuite",
        name=_text(result.app),
        tests=str(len(cases) or 1),
        failures=str(len(result.examples)),
        errors=str(len(result.unknowns)),
        skipped="0",
        time=f"{result.took_s:.3f}",
    )
    properties = SubElement(suite, "properties")
    for name, value in _properties(result).items():
        SubElement(properties, "property", name=name, value=_text(str(value)))
    suite.extend(cases or [_case(result, f"{result.workers} workers: {_text(result.orders.claim)}")])
    return suite


def _properties(result: Result) -> dict[str, object]:
    orders = result.orders
    return {
        "verdict": result.verdict,
        "workers": result.workers,
        "load": result.load,
        "orders": orders.claim,
        "orders.run": orders.run,
        "orders.failed": orders.failed,
        "codes": " ".join(dict.fromkeys(example.finding.code for example in result.examples)),
    }


def _case(result: Result, name: str) -> Element:
    return Element("testcase", classname=f"workersim.{_text(result.app).replace('.', '_')}", name=name, time="0.000")


def _failed(example: Example, result: Result) -> Element:
    case = _case(result, heading(example))
    marks = [step.mark for step in example.steps if step.mark]
    place = place_of(example)
    where = f" ({place.file}:{place.line})" if place else ""
    message = f"{title(example)}: {'; '.join(marks) or example.finding.why}{where}"
    body = failure(_only(result, example), replay="workersim replay {order}")
    SubElement(case, "failure", message=_text(message), type=str(example.finding.name)).text = _lines(body)
    return case


def _only(result: Result, example: Example) -> Result:
    return replace(result, examples=(example,), unknowns=())


def _error(unknown: Unknown, result: Result) -> Element:
    case = _case(result, "everything could be judged")
    text = "\n".join((unknown.what, *unknown.why, *unknown.do))
    SubElement(case, "error", message=_text(unknown.what), type="unknown").text = _lines(text)
    return case


def _text(text: str) -> str:
    return _ILLEGAL.sub("", clean(text))


def _lines(text: str) -> str:
    return _ILLEGAL.sub("", text)
