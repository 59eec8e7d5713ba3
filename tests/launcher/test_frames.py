"""Of a traceback, a person sees the application's own frames, in one line each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from simulator.launcher.frames import OURS, AppFiles, dumped_places, error_text, printed_error

FILES = AppFiles(root="/home/mia/site", cwd="/home/mia")


@pytest.mark.parametrize(
    ("file", "owned"),
    [
        ("/home/mia/site/app.py", True),
        ("/home/mia/lib/shared.py", True),
        ("/home/mia/site/.venv/lib/python3.12/site-packages/flask/app.py", False),
        ("/home/mia/venv/lib/python3.12/site-packages/flask/app.py", False),
        ("/home/mia/site-packages-of-mine.py", True),
        ("/usr/lib/python3/dist-packages/flask/app.py", False),
        ("/home/miaow/app.py", False),
        (os.__file__, False),
        ("<string>", False),
        ("<frozen importlib._bootstrap>", False),
    ],
)
def test_whose_a_file_is(file: str, owned: bool) -> None:
    assert FILES.owns(file) is owned


def test_our_own_files_are_nobodys_but_a_lesson_inside_our_package_is() -> None:
    lesson = OURS / "scenarios" / "lost-write"
    files = AppFiles(root=str(lesson), cwd=str(OURS.parent))
    assert files.owns(str(lesson / "broken.py"))
    assert not files.owns(str(OURS / "launcher" / "wsgi.py"))
    assert files.owns(str(OURS.parent / "shop.py"))


def test_a_line_is_read_from_the_file_as_it_is_now(tmp_path: Path) -> None:
    files, file = AppFiles(root=str(tmp_path), cwd=str(tmp_path)), tmp_path / "app.py"
    file.write_text("the_list = []\n")
    assert files.line((str(file), 1, "<module>")) == "app.py:1   the_list = []"
    file.write_text("def view():\n    return the_list\n")
    assert files.line((str(file), 2, "view")) == "app.py:2   return the_list  in view"


def test_without_a_frame_of_the_application_the_last_is_shown() -> None:
    assert FILES.lines([("/usr/a.py", 1, "a"), ("/usr/b.py", 2, "b")]) == ("/usr/b.py:2     in b",)


IDLE = """Thread 0x1 (most recent call first):
  File "/home/mia/site/poll.py", line 3 in poll

Thread 0x2 (most recent call first):
  File "/usr/lib/select.py", line 1 in select
"""
BUSY = IDLE.replace("/usr/lib/select.py", "/home/mia/site/app.py")
CRASH = "Fatal Python error: Segmentation fault\n\n" + BUSY.replace("Thread 0x1", "Current thread 0x1")
TASK = (
    IDLE
    + """Task workersim.request (most recent call first):
  File "/home/mia/site/views.py", line 9 in view
  File "/usr/lib/starlette.py", line 1 in app

"""
)


@pytest.mark.parametrize(
    ("dump", "places"),
    [
        ("", []),
        (IDLE, []),
        (BUSY, [("/home/mia/site/app.py", 1, "select")]),
        (CRASH, [("/home/mia/site/poll.py", 3, "poll")]),
        (TASK, [("/home/mia/site/views.py", 9, "view")]),
        (TASK.replace("/home/mia/site/views.py", "/usr/views.py"), [("/home/mia/site/poll.py", 3, "poll")]),
    ],
)
def test_the_thread_or_task_that_matters(dump: str, places: list[tuple[str, int, str]]) -> None:
    assert dumped_places(dump, FILES) == places


def test_a_printed_traceback_is_read() -> None:
    lines = [
        "earlier",
        "12:00 [ERROR] GET / => Traceback (most recent call last):",
        '  File "/home/mia/site/app.py", line 3, in view',
        "    raise ValueError",
        "ValueError: boom",
        "later",
    ]
    assert printed_error(lines) == ("ValueError: boom", [("/home/mia/site/app.py", 3, "view")])
    assert printed_error(lines[:1]) is None


def test_an_error_is_one_line() -> None:
    assert error_text(ValueError("first\nsecond")) == "ValueError: first"
    with pytest.raises(SyntaxError) as raised:
        compile("def f(\n", "x.py", "exec")
    assert error_text(raised.value) == "SyntaxError: '(' was never closed"
