from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.reports.layout import clean, cut, indented, pad, shell, width_of, wrap

TEXT = st.text(max_size=200)


@given(text=TEXT, width=st.integers(min_value=4, max_value=90))
def test_wrapped_lines_fit(text, width):
    assert all(width_of(line) <= width for line in wrap(clean(text), width))


@given(text=TEXT, width=st.integers(min_value=4, max_value=90))
def test_wrapping_loses_no_letter(text, width):
    assert "".join("".join(wrap(clean(text), width)).split()) == "".join(clean(text).split())


@given(text=TEXT, width=st.integers(min_value=3, max_value=90))
def test_cut_text_fits(text, width):
    assert width_of(cut(clean(text), width)) <= width


@pytest.mark.parametrize(
    ("dirty", "tidy"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("a\r\nb\tc", "a b c"),
        ("a\u202eb\u2066c", "abc"),
        ("a\x9b31mb", "a31mb"),
        ("a\x1c\x85\u2028b", "a b"),
        ("\ud800", ""),
    ],
)
def test_clean(dirty, tidy):
    assert clean(dirty) == tidy


def test_wide_characters_take_two_columns():
    assert width_of("漢字") == 4
    assert pad("漢字", 6) == "漢字  "
    assert cut("漢字漢字", 5) == "漢字…"


def test_a_no_break_space_holds_words_together():
    assert wrap("in 0.3\u00a0s", 7) == ["in", "0.3 s"]


def test_later_lines_use_their_own_room():
    assert indented("aaa bbb ccc ddd eee", 14, "12345 ", "  ") == ["12345 aaa bbb", "  ccc ddd eee"]


WORD = st.text(alphabet="abc/?&=- '\"$", min_size=1, max_size=20)


@given(words=st.lists(WORD, min_size=1, max_size=12), width=st.integers(min_value=20, max_value=80))
def test_a_broken_command_line_is_the_same_command(words, width):
    command = shlex.join(["workersim", *words])
    pasted = "\n".join(shell(command, width, "   "))
    # A shell takes a backslash with its line feed out before it looks at words; shlex does not.
    assert shlex.split(pasted.replace("\\\n", "")) == ["workersim", *words]


def test_an_option_stays_with_its_value():
    assert shell("workersim run app.py --write /add/VALUE --read /view", 34, "") == [
        "workersim run app.py \\",
        "  --write /add/VALUE \\",
        "  --read /view",
    ]
