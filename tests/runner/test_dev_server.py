"""A development server on its leash: when it is there, what is said where it is not, and that nothing is left of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from simulator.errors import AppCrashed, AppLoadTimedOut
from simulator.runner.dev_server import development_server
from simulator.story.scenario import Server

LIMIT_S = 20

FAMILY = """
import http.server, pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path("child").write_text(str(child.pid))
http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind="127.0.0.1")
"""

HOLDER = """
import pathlib, sys, time
from simulator.runner.dev_server import development_server
from simulator.story.scenario import Server
server = Server(name="family", arguments=("family.py", "{port}"))
with development_server(server, cwd=pathlib.Path(sys.argv[1])) as running:
    print(running.url, flush=True)
    time.sleep(600)
"""


def python(text: str) -> Server:
    return Server(name="my server", arguments=("-c", text, "{port}"))


def wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while any(psutil.pid_exists(pid) for pid in pids):
        assert time.monotonic() < deadline, f"still there: {[pid for pid in pids if psutil.pid_exists(pid)]}"
        time.sleep(0.01)


def below(pid: int) -> list[int]:
    return [one.pid for one in psutil.Process(pid).children(recursive=True)]


@pytest.fixture
def family(tmp_path: Path) -> Path:
    (tmp_path / "family.py").write_text(FAMILY)
    return tmp_path


def test_it_answers_inside_the_block_in_its_folder_with_its_environment(tmp_path):
    (tmp_path / "page.txt").write_text("here")
    text = (
        "import http.server, os, pathlib, sys; pathlib.Path('said').write_text(os.environ['SHOP']);"
        "http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind='127.0.0.1')"
    )
    with development_server(python(text), cwd=tmp_path, env={"SHOP": "open"}) as running:
        assert httpx.get(f"{running.url}/page.txt").text == "here"
        assert "GET /page.txt" in running.last_words()[-1]
    assert (tmp_path / "said").read_text() == "open"
    with pytest.raises(httpx.ConnectError):
        httpx.get(running.url)


def test_nothing_is_left_of_it_or_of_what_it_started(family):
    before, descriptors = below(os.getpid()), len(os.listdir("/proc/self/fd"))
    with development_server(Server(name="family", arguments=("family.py", "{port}")), cwd=family):
        everybody = [pid for pid in below(os.getpid()) if pid not in before]
        child = int((family / "child").read_text())
        assert child in everybody
        assert len(everybody) == 3
    assert not any(psutil.pid_exists(pid) for pid in everybody)
    assert len(os.listdir("/proc/self/fd")) == descriptors


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_its_holder_ends(family, how):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(family)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with holder:
        holder.stdout.readline()
        everybody = below(holder.pid)
        assert len(everybody) == 3
        holder.send_signal(how)
        holder.wait(LIMIT_S)
    wait_until_gone(everybody)


def test_it_ends_by_itself(tmp_path):
    text = "import sys; print('one'); sys.exit('no module named shop')"
    with pytest.raises(AppCrashed) as caught, development_server(python(text), cwd=tmp_path):
        pass
    assert caught.value.what == "my server ended before its first answer (exit code 1)"
    assert caught.value.why[-1] == "no module named shop"


def test_it_is_killed_by_a_signal(tmp_path):
    text = "import os; os.kill(os.getpid(), 9)"
    with pytest.raises(AppCrashed), development_server(python(text), cwd=tmp_path):
        pass


def test_it_never_listens(tmp_path):
    text = "import time; print('thinking', flush=True); time.sleep(600)"
    before = below(os.getpid())
    with pytest.raises(AppLoadTimedOut) as caught, development_server(python(text), cwd=tmp_path, limit_s=0.5):
        pass
    assert caught.value.what == "my server did not listen on its port after 0.5 s"
    assert below(os.getpid()) == before


def test_a_port_that_somebody_else_took_is_given_up_for_another(tmp_path):
    """The first start finds its port taken, as if somebody had been faster."""
    text = (
        "import http.server, pathlib, sys\n"
        "if not pathlib.Path('tried').exists():\n"
        "    pathlib.Path('tried').touch()\n"
        "    sys.exit('OSError: [Errno 98] Address already in use')\n"
        "http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind='127.0.0.1')"
    )
    with development_server(python(text), cwd=tmp_path) as running:
        assert httpx.get(running.url).status_code == 200


def test_a_connection_is_all_it_hears_before_the_story(tmp_path):
    """A request of ours would be a visit more in the application's own counting."""
    text = (
        "import socket, sys\n"
        "listener = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
        "first, _ = listener.accept()\n"
        "heard = first.recv(100)\n"
        "second, _ = listener.accept()\n"
        "second.sendall(repr(heard).encode())"
    )
    with development_server(python(text), cwd=tmp_path) as running:
        port = int(running.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), LIMIT_S) as connection:
            assert connection.recv(100) == b"b''"
