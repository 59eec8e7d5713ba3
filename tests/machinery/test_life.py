"""Workers are forked, reloaded, recycled and killed, and nothing outlives the launcher."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from simulator.errors import AppError
from simulator.launcher import Launcher
from simulator.story.schedule import LoadMode

APPS = Path(__file__).parents[1] / "apps"

COUNTER = """
from pathlib import Path
price = Path("price.txt").read_text()
items = []
def app(environ, start_response):
    items.append(environ["PATH_INFO"])
    start_response("200 OK", [])
    return [f"{price} {len(items)}".encode()]
"""


@pytest.fixture
def counter(tmp_path: Path) -> Path:
    (tmp_path / "counter.py").write_text(COUNTER)
    (tmp_path / "price.txt").write_text("10")
    return tmp_path


def test_fresh_workers_begin_in_the_state_of_the_load(serve: Any, counter: Path) -> None:
    served = serve("counter.py", cwd=counter, workers=2)
    assert [served.ask(number, "/").body for number in (1, 1, 2)] == [b"10 1", b"10 2", b"10 1"]
    first = [worker.pid for worker in served.launcher.workers.values()]
    (counter / "price.txt").write_text("20")
    served.launcher.fork(3, LoadMode.ONCE)
    assert [served.ask(number, "/").body for number in (1, 2, 3)] == [b"10 1"] * 3
    assert not set(first) & {worker.pid for worker in served.launcher.workers.values()}


def test_a_reload_runs_the_code_anew_for_all_until_workers_are_fresh_again(serve: Any, counter: Path) -> None:
    served = serve("counter.py", cwd=counter, workers=2)
    (counter / "price.txt").write_text("20")
    served.launcher.reload()
    assert [served.ask(number, "/").body for number in (1, 2)] == [b"20 1", b"20 1"]
    assert [(worker.load, worker.generation) for worker in served.launcher.workers.values()] == [(2, 1), (2, 1)]
    served.launcher.fork(2, LoadMode.ONCE)
    assert served.ask(1, "/").body == b"10 1"
    assert [(worker.load, worker.generation) for worker in served.launcher.workers.values()] == [(1, 0), (1, 0)]


@pytest.mark.parametrize(("mode", "price", "load"), [(LoadMode.ONCE, b"10", 1), (LoadMode.PER_WORKER, b"20", 3)])
def test_a_recycled_worker_has_the_state_of_its_load_mode(
    serve: Any, counter: Path, mode: LoadMode, price: bytes, load: int
) -> None:
    served = serve("counter.py", cwd=counter, workers=2, mode=mode)
    served.ask(1, "/")
    served.ask(2, "/")
    (counter / "price.txt").write_text("20")
    began = served.launcher.workers[1].load_began
    worker = served.launcher.recycle(1)
    assert served.ask(1, "/").body == price + b" 1"
    assert served.ask(2, "/").body == b"10 2"
    assert (worker.number, worker.generation, worker.load) == (1, 1, load)
    assert worker.load_ended >= worker.load_began >= began


def test_a_killed_worker_is_gone_until_it_is_recycled(serve: Any, counter: Path) -> None:
    served = serve("counter.py", cwd=counter, workers=2)
    assert served.launcher.workers[1].exit_status() is None
    served.launcher.kill(1)
    assert served.launcher.workers[1].exit_status() == "SIGKILL"
    assert not psutil.pid_exists(served.launcher.workers[1].pid)
    assert served.ask(2, "/").body == b"10 1"
    served.launcher.recycle(1)
    assert served.ask(1, "/").body == b"10 1"


def test_a_reload_that_fails_says_why_and_a_later_one_may_succeed(serve: Any, counter: Path) -> None:
    served = serve("counter.py", cwd=counter)
    (counter / "price.txt").unlink()
    with pytest.raises(AppError, match="failed while it was imported"):
        served.launcher.reload()
    assert not served.launcher.workers
    (counter / "price.txt").write_text("30")
    served.launcher.fork(1, LoadMode.ONCE)
    assert served.ask(1, "/").body == b"10 1"


@pytest.mark.parametrize(("path", "how"), [("/exit/3", "exit code 3"), ("/exit/0", "exit code 0")])
def test_a_worker_that_leaves_is_named_by_its_exit_code(serve: Any, path: str, how: str) -> None:
    served = serve("flask_app.py")
    with pytest.raises(EOFError):
        served.ask(1, path)
    assert served.launcher.workers[1].exit_status() == how


def test_a_worker_that_crashes_is_named_by_its_signal_and_line(serve: Any) -> None:
    served = serve("bad/dies_in_view.py")
    worker = served.launcher.workers[1]
    with pytest.raises(EOFError):
        served.ask(1, "/crash")
    assert worker.exit_status() == "SIGSEGV"
    stack = (
        "bad/dies_in_view.py:14   return ctypes.string_at(0)  in read_null",
        "bad/dies_in_view.py:10   return read_null()  in crash",
    )
    assert worker.stack() == stack
    error = served.launcher.crashed(worker, "while it answered GET /crash")
    assert error.what == "worker 1 crashed while it answered GET /crash (killed by SIGSEGV)"
    assert error.why == stack


def test_exit_handlers_run_when_workers_are_stopped(tmp_path: Path, serve: Any) -> None:
    (tmp_path / "app.py").write_text(
        "import atexit, os\n"
        "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n"
        "atexit.register(lambda: open(f'left-{os.getpid()}', 'w').close())\n"
    )
    served = serve("app.py", cwd=tmp_path, workers=2)
    pids = [worker.pid for worker in served.launcher.workers.values()]
    served.launcher.stop_workers()
    assert sorted(path.name for path in tmp_path.glob("left-*")) == sorted(f"left-{pid}" for pid in pids)


def test_a_worker_that_will_not_stop_is_killed(serve: Any) -> None:
    served = serve("flask_app.py")
    served.line().begin("/sleep")
    pid = served.launcher.workers[1].pid
    served.launcher.recycle(1)
    assert not psutil.pid_exists(pid)
    assert json.loads(served.ask(1, "/view").body) == []


def test_a_loaded_process_that_was_killed_is_an_error_that_says_so(serve: Any) -> None:
    served = serve("flask_app.py")
    (zygote,) = _zygotes(os.getpid())
    (loaded,) = zygote.children()
    loaded.kill()
    with pytest.raises(AppError) as raised:
        served.launcher.fork(1, LoadMode.ONCE)
    assert raised.value.what == "the app crashed after it was loaded (killed by SIGKILL)"


def test_no_thread_is_in_the_way_of_a_fork(serve: Any) -> None:
    served = serve("flask_app.py", workers=2)
    served.ask(1, "/talk")
    (zygote,) = _zygotes(os.getpid())
    for process in [zygote, *zygote.children(recursive=True)]:
        assert process.num_threads() == 1


def test_threads_of_the_application_end_in_a_worker_as_in_production(tmp_path: Path, serve: Any) -> None:
    (tmp_path / "app.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n"
        "def app(environ, start_response):\n    start_response('200 OK', [])\n"
        "    return [b'%d' % threading.active_count()]\n"
    )
    once = serve("app.py", cwd=tmp_path)
    assert once.info.shared == ("starts a thread",)
    assert once.ask(1, "/").body == b"1"
    assert not [line for line in once.launcher.drain_logs() if "fork" in line[3]]
    assert serve("app.py", cwd=tmp_path, mode=LoadMode.PER_WORKER).ask(1, "/").body == b"2"


def _zygotes(pid: int) -> list[psutil.Process]:
    return [child for child in psutil.Process(pid).children() if "zygote.py" in " ".join(child.cmdline())]


def test_nothing_is_left_after_use(
    open_descriptors: Callable[[], int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    threads = set(threading.enumerate())

    def use() -> list[psutil.Process]:
        with Launcher(target="flask_app.py", cwd=APPS) as launcher:
            launcher.load()
            for mode in LoadMode:
                launcher.fork(2, mode)
                launcher.reload()
                launcher.kill(1)
                launcher.recycle(1)
            return psutil.Process().children(recursive=True)

    use()  # what is imported or made once for all is made here
    before = open_descriptors()
    there_were = use()
    assert len(there_were) >= 3
    assert not [process for process in there_were if process.is_running()]
    assert not psutil.Process().children(recursive=True)
    assert open_descriptors() == before
    assert set(threading.enumerate()) == threads
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_after_a_load_that_failed(open_descriptors: Callable[[], int]) -> None:
    def start(target: str) -> None:
        with Launcher(target=target, cwd=APPS / "bad") as launcher:
            launcher.load()
            launcher.fork(1, LoadMode.ONCE)

    def use() -> None:
        for target in ("import_raises.py", "dies_at_import.py", "no_such_file.py", "startup_fails.py"):
            with pytest.raises(AppError):
                start(target)

    use()
    before = open_descriptors()
    use()
    assert open_descriptors() == before
    assert not psutil.Process().children(recursive=True)


PARENT = """
import os, sys, time
from pathlib import Path
from simulator.launcher import Launcher
from simulator.story.schedule import LoadMode
launcher = Launcher(target="wild.py", cwd=Path(sys.argv[1]))
launcher.load()
launcher.fork(2, LoadMode(sys.argv[2]))
print("ready", flush=True)
if sys.argv[3] == "raise":
    raise ValueError
if sys.argv[3] == "return":
    sys.exit(0)
time.sleep(60)
"""

WILD = """
import subprocess, signal, sys, threading, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=sys.platform == "linux")
threading.Thread(target=time.sleep, args=(600,)).start()
def app(environ, start_response):
    start_response("200 OK", [])
    return []
"""


@pytest.mark.parametrize("mode", LoadMode)
@pytest.mark.parametrize("end", ["return", "raise", "SIGTERM", "SIGINT", "SIGKILL"])
def test_nothing_survives_the_parent(tmp_path: Path, end: str, mode: LoadMode, eventually: Callable[..., bool]) -> None:
    """Also not a project's own processes, one of which is in a session of its own."""
    (tmp_path / "wild.py").write_text(WILD)
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), mode, end], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        below = psutil.Process(parent.pid).children(recursive=True) if end.startswith("SIG") else []
        if end.startswith("SIG"):
            assert len(below) >= 6
            os.kill(parent.pid, getattr(signal, end))
        parent.wait(10)
    assert eventually(lambda: not any(_is_alive(process) for process in below))
    assert eventually(lambda: not _with_folder(str(tmp_path)))


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _with_folder(folder: str) -> list[int]:
    found = []
    for process in psutil.process_iter(["pid", "cwd"]):
        if process.info["cwd"] == folder and _is_alive(process):
            found.append(process.info["pid"])
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a death signal")
def test_workers_do_not_survive_the_zygote(eventually: Callable[..., bool]) -> None:
    with Launcher(target="flask_app.py", cwd=APPS) as launcher:
        launcher.load()
        launcher.fork(2, LoadMode.ONCE)
        (zygote,) = _zygotes(os.getpid())
        below = zygote.children(recursive=True)
        assert len(below) == 3
        zygote.kill()
        assert eventually(lambda: not any(_is_alive(process) for process in below))
