"""Records cross from process to process without a lock, and what cannot be taken is counted."""

from __future__ import annotations

import logging
import os
import queue
import signal
from collections.abc import Iterator

import pytest

from simulator.launcher.records import RecordQueue, say, socket_pair


@pytest.fixture
def ends() -> Iterator[tuple[RecordQueue, RecordQueue]]:
    out, into = socket_pair()
    with out, into:
        yield RecordQueue(out), RecordQueue(into)


def test_a_record_comes_out_as_it_went_in(ends: tuple[RecordQueue, RecordQueue]) -> None:
    out, into = ends
    say(into, 2, "WARNING", "shop", "sold out")
    record = out.get()
    assert (record.worker, record.levelno, record.name, record.getMessage()) == (2, logging.WARNING, "shop", "sold out")
    assert out.qsize() == 0
    with pytest.raises(queue.Empty):
        out.get(timeout=0)


def test_a_level_of_the_applications_own_is_kept_by_name(ends: tuple[RecordQueue, RecordQueue]) -> None:
    out, into = ends
    say(into, None, "TRACE", "shop", "%s is not a format")
    record = out.get()
    assert (record.levelname, record.getMessage()) == ("TRACE", "%s is not a format")


def test_a_long_message_is_cut_and_says_so(ends: tuple[RecordQueue, RecordQueue]) -> None:
    out, into = ends
    say(into, 1, "INFO", "shop", "x" * 1_000_000)
    message = out.get().getMessage()
    assert len(message) < 20_000
    assert message.endswith("(1000000 characters)")


def test_records_that_nobody_takes_are_counted_and_stop_nobody(ends: tuple[RecordQueue, RecordQueue]) -> None:
    out, into = ends
    sent = 3000
    for _ in range(sent):
        say(into, 1, "INFO", "shop", "x" * 1000)
    taken = 0
    while out.qsize():
        out.get()
        taken += 1
    assert 0 < taken < sent
    say(into, 1, "INFO", "shop", "again")
    assert out.get().getMessage() == f"again ({sent - taken} records before this one were lost)"


def test_a_writer_that_is_killed_leaves_the_queue_whole(ends: tuple[RecordQueue, RecordQueue]) -> None:
    out, into = ends
    for _ in range(5):
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            say(into, 1, "INFO", "shop", "x" * 1000)
            os.write(write, b"!")
            while True:
                say(into, 1, "INFO", "shop", "x" * 1000)
        os.read(read, 1)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)
        while out.qsize():
            assert out.get().getMessage() == "x" * 1000
    say(into, 2, "INFO", "shop", "still here")
    assert out.get().getMessage() == "still here"
