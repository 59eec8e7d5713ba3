from __future__ import annotations

from simulator.events import AppRaised, Logged, RequestFailed, RunEnded, RunStarted, WorkerExited
from simulator.reports.logs import logs
from simulator.reports.style import Style


def started(order):
    return RunStarted(
        t=0.0,
        run=1,
        app="app.py",
        workers=2,
        load="once",
        order=order,
        routing="round-robin",
        way="direct",
        seed=0,
        users=("alice",),
        keys=(),
    )


def test_every_line_says_where_it_comes_from(approve):
    events = [
        started("2:ab"),
        RunEnded(t=1.0, reason="done"),
        started("2:aa"),
        Logged(t=0.1, worker=1, step=1, user="alice", level="WARNING", logger="app", message="low\nstock \x1b[2J"),
        Logged(t=0.1, worker=None, step=None, user=None, level="INFO", logger="stdout", message=""),
        AppRaised(t=0.2, step=2, worker=2, error="KeyError: 7", lines=("app.py:9   rooms[7]  in view",)),
        RequestFailed(t=0.3, step=3, reason="timeout", detail="5 s", where=("app.py:3   sleep(9)  in view",)),
        WorkerExited(t=0.4, worker=2, pid=7, how="SIGSEGV", wanted=False, step=4),
        WorkerExited(t=0.5, worker=1, pid=8, how="SIGKILL", wanted=True, step=5),
    ]
    approve(logs(events, Style()))


def test_silence_is_nothing():
    assert logs([started("2:ab"), RunEnded(t=1.0, reason="done")], Style()) == ""
