"""A real browser: headless Chromium, spoken to over its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

LIMIT_S = 30.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class Tab:
    """One page: opened with `open`, asked with `run` (JavaScript), driven with `press` and `click`."""

    def __init__(self, connection: ClientConnection, domains: tuple[str, ...] = ("Page", "Runtime", "Log")) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.troubles: list[str] = []
        for domain in domains:
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._connection.recv(timeout=LIMIT_S))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            self._note(message)

    def open(self, url: str, *, scripts: bool = True) -> None:
        self.call("Page.navigate", url="about:blank")
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + LIMIT_S
        while self.run("document.readyState + location.protocol") != "completefile:":
            assert time.monotonic() < deadline, "the page did not load"

    def run(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def texts(self, selector: str) -> list[str]:
        return self.run(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)")

    def text(self, selector: str) -> str:
        return self.run(f"document.querySelector({json.dumps(selector)}).innerText")

    def click(self, selector: str) -> None:
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def press(self, key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def look(
        self, *, width: int = 1280, height: int = 720, scheme: str = "light", motion: str = "no-preference"
    ) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self.call("Emulation.setEmulatedMedia", media="", features=features)

    def picture(self) -> bytes:
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def _note(self, message: dict[str, Any]) -> None:
        if message["method"] in {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}:
            self.troubles.append(json.dumps(message["params"]))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The socket of a running browser; the tests are skipped where there is no browser."""
    program = next((path for name in NAMES if (path := shutil.which(name))), None)
    if program is None:
        if os.environ.get("WORKERSIM_BROWSER") == "needed":
            pytest.fail("WORKERSIM_BROWSER=needed, but there is no Chromium")
        pytest.skip("there is no Chromium on this machine (apt-get install chromium)")
    profile = tmp_path_factory.mktemp("chromium")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
    options += ["--disable-background-networking", "--hide-scrollbars", f"--user-data-dir={profile}"]
    with (profile / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, *options, "--remote-debugging-port=0", "about:blank"],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield _address(profile, process)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=LIMIT_S)


@pytest.fixture
def tab(chromium: str) -> Iterator[Tab]:
    """A tab of its own for each test, 1280 x 720, light."""
    host = chromium.split("/")[2]
    with connect(chromium, max_size=None) as browser:
        controls = Tab(browser, domains=())
        target = controls.call("Target.createTarget", url="about:blank")["targetId"]
        with connect(f"ws://{host}/devtools/page/{target}", max_size=None) as connection:
            opened = Tab(connection)
            opened.look()
            yield opened
        controls.call("Target.closeTarget", targetId=target)


def _address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the browser listens; it writes that into its profile: a port, and the path of a socket."""
    deadline = time.monotonic() + LIMIT_S
    file = profile / "DevToolsActivePort"
    while time.monotonic() < deadline and process.poll() is None:
        if file.exists() and len(lines := file.read_text().split()) == 2:
            return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
        time.sleep(0.02)
    pytest.fail(f"Chromium did not start: {(profile / 'log').read_text()[-2000:]}")
