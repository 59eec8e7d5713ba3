from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.reports.github import summary, workflow_commands

RESULTS = ["broken", "stale", "unclear", "hostile"]


@pytest.mark.parametrize("which", RESULTS)
def test_workflow_commands(which, request, approve):
    text = workflow_commands(request.getfixturevalue(which))
    assert text.isprintable() is False  # line feeds
    assert all(line.startswith(("::error ", "::warning ")) for line in text.splitlines())
    approve(text)


def test_signs_of_the_protocol_are_escaped(broken):
    example = broken.examples[0]
    place = replace(example.blame.defined, file="a,b:c%d.py")
    step = replace(example.steps[1], mark="50% gone\n::error::forged")
    odd = replace(example, blame=replace(example.blame, defined=place), steps=(step,))
    text = workflow_commands(replace(broken, examples=(odd,)))
    assert text.count("\n") == 1
    assert "file=a%2Cb%3Ac%25d.py,line=4,title=W002 lost write::" in text
    assert "50%25 gone ::error::forged" in text


def test_a_folder_stands_in_front_of_files(broken):
    assert "file=site/flask_app.py," in workflow_commands(broken, folder="site")


def test_summary(broken, fixed, unclear, hostile, approve):
    approve(summary([broken, fixed, unclear]))
    approve(summary([hostile]), name="hostile")


def test_text_of_the_app_is_no_markup(hostile):
    for line in summary([hostile]).splitlines():
        if line.startswith("| "):
            assert "<" not in line
