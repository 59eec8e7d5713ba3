"""What the application says, raises and touches arrives with the request it belongs to; the rest is not lost."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

APPS = Path(__file__).parents[1] / "apps"


@pytest.fixture(scope="module")
def flask(serve_for_module: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("flask").resolve()
    shutil.copy(APPS / "flask_app.py", folder)
    return serve_for_module("flask_app.py", cwd=folder)


def test_what_is_said_during_a_request_comes_with_it_once(flask: Any) -> None:
    done = flask.ask(1, "/talk").done
    assert done["logs"] == [
        ("INFO", "stdout", "a print"),
        ("ERROR", "stderr", "an error line"),
        ("ERROR", "shop", "a record"),
        ("WARNING", "warnings", "flask_app.py:55: UserWarning: a warning"),
    ]
    assert "logs" not in flask.ask(1, "/view").done


def test_an_exception_that_the_framework_made_a_page_of_is_found(flask: Any) -> None:
    answer = flask.ask(1, "/boom")
    assert answer.status == 500
    assert answer.done["raised"] == {
        "error": "ValueError: boom",
        "lines": ['flask_app.py:37   raise ValueError("boom")  in boom'],
    }
    assert answer.done["logs"] == [("ERROR", "flask_app", "Exception on /boom [GET]\nValueError: boom")]


def test_an_exception_that_was_handled_is_only_a_record(flask: Any) -> None:
    done = flask.ask(1, "/handled").done
    assert "raised" not in done
    assert done["logs"] == [("ERROR", "shop", "this was expected\nKeyError: 'handled'")]


def test_files_that_were_written_and_databases_are_named(flask: Any) -> None:
    folder = Path(flask.launcher._cwd)
    assert flask.ask(1, "/files").done["files"] == [str(folder / "written.txt"), str(folder / "shop.db")]
    assert "files" not in flask.ask(1, "/view").done
    assert not list(folder.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("django_project", 'mysite/urls.py:20   raise ValueError("boom")  in boom'),
        ("django_async", 'mysite/urls.py:20   raise ValueError("boom")  in boom'),
        ("fastapi_app.py", 'fastapi_app.py:23   raise ValueError("boom")  in boom'),
        ("bottle_app.py", 'bottle_app.py:22   raise ValueError("boom")  in boom'),
        ("falcon_app.py", 'falcon_app.py:19   raise ValueError("boom")  in on_get'),
    ],
)
def test_exceptions_are_found_in_every_framework(serve: Any, target: str, line: str) -> None:
    cwd, target = (APPS / target, ".") if "django" in target else (APPS, target)
    answer = serve(target, cwd=cwd).ask(1, "/boom")
    assert answer.status == 500
    assert answer.done["raised"] == {"error": "ValueError: boom", "lines": [line]}


def test_a_logging_configuration_of_the_application_is_in_nobodys_way(serve: Any) -> None:
    """Django configures logging at load, with a handler that prints, and here without Django's own loggers."""
    assert serve("django_project").ask(1, "/view").done["logs"] == [("INFO", "shop", "viewed")]


def test_records_of_other_threads_belong_to_the_request(serve: Any) -> None:
    assert serve("fastapi_app.py").ask(1, "/talk").done["logs"] == [("ERROR", "shop", "from a thread")]


CHATTY = """
import logging, os, threading, time, warnings
log = logging.getLogger("chatty")
log.warning("loading")
print("a print at load")
warnings.warn("a warning at load")
open("at_load.txt", "w").close()

def chat():
    for number in range(3):
        log.error("between requests %d", number)
    open("between.txt", "w").close()

def flood():
    while True:
        log.error("x" * 5000)

def app(environ, start_response):
    what = {"/chat": chat, "/flood": flood}.get(environ["PATH_INFO"])
    if what:
        threading.Timer(0.05, what).start()
    start_response("200 OK", [])
    return []
"""


@pytest.fixture
def chatty(serve: Any, tmp_path: Path) -> Any:
    (tmp_path / "chatty.py").write_text(CHATTY)
    return serve("chatty.py", cwd=tmp_path, workers=2)


def test_what_is_said_at_load_is_heard(chatty: Any) -> None:
    assert chatty.launcher.drain_logs() == [
        (None, "WARNING", "chatty", "loading"),
        (None, "INFO", "stdout", "a print at load"),
        (None, "WARNING", "warnings", "chatty.py:6: UserWarning: a warning at load"),
    ]
    assert [Path(path).name for path in chatty.info.files] == ["at_load.txt"]


def test_what_is_said_between_requests_is_heard_with_its_worker(chatty: Any, eventually: Any) -> None:
    chatty.launcher.drain_logs()
    chatty.ask(2, "/chat")
    heard: list[Any] = []

    def hear() -> bool:
        heard.extend(chatty.launcher.drain_logs())
        return len(heard) >= 3

    assert eventually(hear)
    assert heard == [(2, "ERROR", "chatty", f"between requests {number}") for number in range(3)]


def test_a_worker_killed_while_it_logs_stops_nobody(chatty: Any, eventually: Any) -> None:
    for _ in range(5):
        chatty.ask(1, "/flood")
        assert eventually(lambda: any(line[0] == 1 for line in chatty.launcher.drain_logs()))
        chatty.launcher.kill(1)
        chatty.launcher.recycle(1)
        chatty.launcher.drain_logs()
        chatty.ask(2, "/chat")
        assert eventually(lambda: any(line[3] == "between requests 2" for line in chatty.launcher.drain_logs()))


def test_a_flood_that_nobody_hears_stops_no_worker(chatty: Any) -> None:
    """The controller does not run at all here, so the queue fills; the application goes on."""
    chatty.ask(1, "/flood")
    for _ in range(20):
        assert chatty.ask(1, "/").status == 200


@pytest.mark.parametrize(
    ("target", "stack"),
    [
        ("flask_app.py", "flask_app.py:79   time.sleep(3600)  in sleep"),
        ("starlette_app.py", "starlette_app.py:58   await asyncio.sleep(3600)  in sleep"),
        ("fastapi_app.py", "fastapi_app.py:34   time.sleep(3600)  in sleep"),
    ],
)
def test_a_worker_that_hangs_says_where(serve: Any, eventually: Any, target: str, stack: str) -> None:
    served = serve(target)
    worker = served.launcher.workers[1]
    assert worker.stack() == ()
    served.line().begin("/sleep")
    assert eventually(lambda: worker.stack() == (stack,))


def test_a_thread_of_a_coroutine_that_hangs_is_found(serve: Any, eventually: Any) -> None:
    served = serve("starlette_app.py")
    served.line().begin("/sleep_in_thread")
    where = ("starlette_app.py:62   await run_in_threadpool(wait_long)  in sleep_in_thread",)
    assert eventually(lambda: served.launcher.workers[1].stack() == where)


def test_a_stopped_process_has_no_stack_and_costs_no_hang(serve: Any) -> None:
    worker = serve("flask_app.py").launcher.workers[1]
    os.kill(worker.pid, signal.SIGSTOP)
    assert worker.stack() == ()
