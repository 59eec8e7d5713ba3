from __future__ import annotations

import pytest

from simulator.reports.failure import failure


@pytest.mark.parametrize("which", ["broken", "stale", "unclear", "hostile"])
def test_failure(which, request, approve):
    text = failure(
        request.getfixturevalue(which),
        pin='multiworker("flask_app:app").check(SHOPPING, order="{order}")',
        replay="workersim replay {order} --app flask_app:app",
    )
    approve(text + "\n")
    assert "\x1b" not in text


def test_what_is_ok_has_no_text(fixed):
    assert failure(fixed) == ""
