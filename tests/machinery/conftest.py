"""Real applications on real processes, spoken to over the wire as the proxy does."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.launcher import AppInfo, Launcher
from simulator.story.schedule import LoadMode
from simulator.wire import Decoder, Message, encode

APPS = Path(__file__).parents[1] / "apps"
LIMIT_S = 20


@dataclass(frozen=True, kw_only=True)
class Answer:
    """All messages of one exchange, and the frames they came in."""

    frames: list[list[Message]]

    @property
    def messages(self) -> list[Message]:
        return [message for frame in self.frames for message in frame]

    @property
    def _start(self) -> Message:
        return next(message for message in self.messages if "status" in message)

    @property
    def status(self) -> int:
        return self._start["status"]

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self._start["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.messages if "body" in message)

    @property
    def is_whole(self) -> bool:
        return any("body" in message and not message.get("more_body", False) for message in self.messages)

    @property
    def done(self) -> Message:
        return next(message for message in self.messages if message["type"] == "workersim.done")


class Line:
    """One worker's wire, from the controller's end."""

    def __init__(self, launcher: Launcher, number: int) -> None:
        self._sock = launcher.workers[number].sock
        self._sock.settimeout(LIMIT_S)
        self._decoder = Decoder()
        self._frames: list[list[Message]] = []

    def send(self, *messages: Message) -> None:
        self._sock.sendall(encode(messages))

    def begin(self, path: str, *, method: str = "GET", body: bytes = b"", has_more: bool = False, **scope: Any) -> None:
        path, _, query = path.partition("?")
        headers = [(b"host", b"shop.test"), *scope.pop("headers", [])]
        if body:
            headers.append((b"content-length", b"%d" % len(body)))
        full = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
            "server": ("shop.test", 80),
            "client": ("127.0.0.1", 40000),
            **scope,
        }
        self.send(
            {"type": "workersim.request", "scope": full, "step": 1, "user": "alice", "now": None},
            {"type": "http.request", "body": body, "more_body": has_more},
        )

    def frame(self) -> list[Message]:
        """The next frame. Raises EOFError where the worker is gone."""
        while not self._frames:
            data = self._sock.recv(1 << 18)
            if not data:
                raise EOFError
            self._frames += self._decoder.feed(data)
        return self._frames.pop(0)

    def finish(self) -> Answer:
        frames: list[list[Message]] = []
        while not (frames and frames[-1][-1]["type"] == "workersim.done"):
            frames.append(self.frame())
        return Answer(frames=frames)

    def ask(self, path: str, **request: Any) -> Answer:
        self.begin(path, **request)
        return self.finish()


class Served:
    """An application that is loaded, with workers."""

    def __init__(self, launcher: Launcher, info: AppInfo) -> None:
        self.launcher = launcher
        self.info = info

    def line(self, number: int = 1) -> Line:
        return Line(self.launcher, number)

    def ask(self, number: int, path: str, **request: Any) -> Answer:
        return self.line(number).ask(path, **request)


Serve = Callable[..., Served]


@contextlib.contextmanager
def serving() -> Iterator[Serve]:
    with contextlib.ExitStack() as exits:

        def start(
            target: str, *, cwd: Path = APPS, workers: int = 1, mode: LoadMode = LoadMode.ONCE, **options: Any
        ) -> Served:
            options.setdefault("load_timeout_s", LIMIT_S)
            launcher = exits.enter_context(Launcher(target=target, cwd=cwd, **options))
            info = launcher.load()
            launcher.fork(workers, mode)
            return Served(launcher, info)

        yield start


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Load an application and fork workers; they end with the test."""
    with serving() as start:
        yield start


@pytest.fixture(scope="module")
def serve_for_module() -> Iterator[Serve]:
    """As `serve`; they end with the module."""
    with serving() as start:
        yield start


@pytest.fixture(autouse=True)
def _limit() -> Iterator[None]:
    """No test of real processes hangs."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"this test took longer than {LIMIT_S * 2} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(LIMIT_S * 2)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def open_descriptors() -> Callable[[], int]:
    return lambda: len(os.listdir("/dev/fd"))
