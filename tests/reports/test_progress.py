from __future__ import annotations

import io

import pytest

from simulator.reports.progress import Progress
from simulator.reports.style import Style


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def work(style, seconds, total=100):
    stream, clock = io.StringIO(), Clock()
    with Progress(stream, style, what="orders", total=total, clock=clock) as progress:
        for second in seconds:
            clock.now = second
            progress.advance(10)
    return stream.getvalue()


def test_quick_work_shows_nothing():
    assert work(Style(is_live=True), [0.1, 0.2, 0.9]) == ""


def test_nothing_without_a_terminal():
    assert work(Style(is_live=False), [1, 2, 3]) == ""


def test_long_work_shows_one_line_and_takes_it_away():
    text = work(Style(is_live=True), [0.5, 2, 2.05, 4])
    assert text == (
        "\r\x1b[2Korders ███░░░░░░░░░░░░░ 20 of 100, about 8 s left"
        "\r\x1b[2Korders ██████░░░░░░░░░░ 40 of 100, about 6 s left"
        "\r\x1b[2K"
    )


def test_ascii_and_unknown_total():
    assert "orders ###------------- 20 of 100" in work(Style(is_live=True, unicode=False), [0.5, 2])
    assert "orders: 20 in 2 s" in work(Style(is_live=True), [0.5, 2], total=None)


def test_the_line_is_gone_after_an_error():
    stream, clock = io.StringIO(), Clock()

    def interrupted():
        with Progress(stream, Style(is_live=True), what="x", clock=clock) as progress:
            clock.now = 5
            progress.advance()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().endswith("\r\x1b[2K")
