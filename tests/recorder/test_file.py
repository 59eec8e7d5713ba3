"""The record on disk: complete after a kill -9, silent about secrets, and never a reason to fail."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.events import Event, Logged, RequestSent, ResponseReceived, RunEnded
from simulator.history.record import Header, read
from simulator.history.redaction import Redaction
from simulator.recorder import MemorySink, Tee
from simulator.recorder.file import FileSink

HEADER = Header(workersim="1.0", python="3.11", app="app.py")
TOKEN = "wsimabcdefghijkl"


def logged(message: str, t: float = 1.0) -> Logged:
    return Logged(t=t, worker=1, step=1, user="alice", level="INFO", logger="app", message=message)


def login() -> list[Event]:
    return [
        RequestSent(
            t=0.1,
            step=1,
            user="alice",
            worker=1,
            method="POST",
            url="/login?api_key=hunter1",
            headers=(("cookie", "session=hunter2; theme=hunter3"), ("authorization", "Basic hunter4"), ("host", "x")),
            body=b"name=alice&password=hunter5&pin=hunter6",
            effects=(),
            expect=(),
            phase="story",
            composed=False,
        ),
        ResponseReceived(
            t=0.2,
            step=1,
            status=302,
            headers=(("set-cookie", f"session=hunter7{TOKEN}; Path=/"), ("location", "/home")),
            body=b'<input type="hidden" name="csrfmiddlewaretoken" value="hunter8">',
            cut=False,
            took_s=0.01,
        ),
    ]


def test_what_is_written_can_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "run.jsonl"
    events = [logged(f"line {number}\nof two", t=number / 10) for number in range(5)]
    with FileSink(path, header=HEADER) as sink:
        for event in events:
            sink.emit(event)
    sink.emit(RunEnded(t=9.0, reason="after the end"))
    record = read(path.read_text().splitlines(keepends=True))
    assert (record.header, record.events, record.cut) == (HEADER, tuple(events), None)
    assert sink.trouble is None


def test_an_older_record_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    for message in ("old", "new"):
        with FileSink(tmp_path / "run.jsonl", header=HEADER) as sink:
            sink.emit(logged(message))
    assert read((tmp_path / "run.jsonl").read_text().splitlines(keepends=True)).events == (logged("new"),)


def test_no_secret_reaches_the_disk_and_tokens_stay(tmp_path: Path) -> None:
    memory = MemorySink()
    with FileSink(tmp_path / "run.jsonl", header=HEADER, redaction=Redaction(fields=["pin"])) as sink:
        for event in login():
            Tee(memory, sink).emit(event)
    text = (tmp_path / "run.jsonl").read_text()
    assert "hunter" not in text
    assert TOKEN in text
    assert memory.events == login()


def test_the_record_is_whole_after_a_kill(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from simulator.events import Logged
from simulator.history.record import Header
from simulator.recorder.file import FileSink
sink = FileSink(Path(sys.argv[1]), header=Header(workersim="1.0", python="3.11", app="app.py"))
for number in range(1000):
    sink.emit(Logged(t=0.0, worker=1, step=1, user="a", level="INFO", logger="app", message="m%d" % number))
os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "run.jsonl"
    ended = subprocess.run([sys.executable, "-c", program, str(path)], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    record = read(path.read_text().splitlines(keepends=True))
    assert [event.message for event in record.events if isinstance(event, Logged)] == [f"m{n}" for n in range(1000)]
    assert record.cut is None


def test_a_folder_that_cannot_be_written_to_is_told_once_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sink = FileSink(tmp_path / "file" / "run.jsonl", header=HEADER)
    sink.emit(logged("lost"))
    sink.close()
    assert sink.trouble is not None
    assert "run.jsonl ends early" in sink.trouble


@pytest.fixture
def small_disk() -> object:
    """As a full disk does, files of this process cannot grow beyond 10,000 bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    signal.signal(signal.SIGXFSZ, before)


def test_a_full_disk_ends_the_record_and_nothing_else(tmp_path: Path, small_disk: object) -> None:
    path = tmp_path / "run.jsonl"
    sink = FileSink(path, header=HEADER)
    for _ in range(100):
        sink.emit(logged("x" * 300))
    assert sink.trouble is not None
    assert "File too large" in sink.trouble
    record = read(path.read_text().splitlines(keepends=True))
    assert 10 < len(record.events) < 40
    assert record.cut is not None


def test_the_descriptor_is_given_back(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    sink = FileSink(tmp_path / "run.jsonl", header=HEADER)
    sink.close()
    sink.close()
    assert os.listdir("/proc/self/fd") == before
