"""A loaded application with everything that watches it: what a worker serves."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.launcher import loader
from simulator.launcher.capture import Capture
from simulator.launcher.frames import AppFiles
from simulator.launcher.frameworks import late_routes_of
from simulator.launcher.memory import Memory
from simulator.launcher.ownership import Ownership
from simulator.wire import HOST, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`app` is called through `interface` ("wsgi" or "asgi"); `files` tells its code from others'.

    `memory` is prepared at load where somebody is going to ask what workers hold, so that all forks share it.
    `load_drew`: the load asked for something random, so that two loads need not hold the same, wherever it lies.
    """

    app: Any
    interface: str
    files: AppFiles
    capture: Capture
    memory: Memory
    ownership: Ownership | None
    load_drew: bool

    def holds(self, message: Message) -> Message:
        """The answer to `workersim.memory`: what the application holds in this process; and whether its load, and its
        last request, drew something random.
        """
        look = self.memory.look(values=message.get("values", True), watch=message.get("watch"))
        drew = self.ownership is None or self.ownership.has_drawn
        return {"type": "workersim.memory", "memory": {**look, "load_drew": self.load_drew, "drew": drew}}


def _hear_django(capture: Capture) -> None:
    """Django makes a page of an exception and logs it, unless a project switches that off; its signal stays."""
    signals = sys.modules.get("django.core.signals")
    if signals is not None:

        def hear(**_: Any) -> None:
            if (error := sys.exc_info()[1]) is not None:
                capture.raised(error)

        signals.got_request_exception.connect(hear, weak=False)


def _let_us_in() -> None:
    """Django answers to the names in ALLOWED_HOSTS only. As in its own test environment, one more is ours."""
    conf = sys.modules.get("django.conf")
    if conf is not None and conf.settings.configured:
        allowed = conf.settings.ALLOWED_HOSTS
        if allowed and not importlib.import_module("django.http.request").validate_host(HOST, allowed):
            conf.settings.ALLOWED_HOSTS = [*allowed, HOST]


def _nobody() -> bool:
    return False


def ownership_for(command: Message) -> Ownership | None:
    """Who owns time and chance, where the controller wants that."""
    if not command["owns_time_and_chance"]:
        return None
    return Ownership(str(command["seed"]), epoch_s=command["epoch_s"])


def load_program(
    command: Message, outside: Callable[[str, str, str], None], ownership: Ownership | None = None
) -> tuple[Program, Message]:
    """Run the application's code in this process: the program, and the fields of its `AppInfo`. Raises AppError.

    `ownership` is that of the process which this one was forked from.
    """
    os.environ.update(command["passing"])
    os.chdir(command["cwd"])  # wherever the zygote is
    search = loader.find(command["target"], Path(command["cwd"]))
    capture = Capture(files=search.files, outside=outside)
    capture.install()
    if command["keeps_files_in"] is not None:
        preimage = importlib.import_module("simulator.launcher.preimage")
        preimage.Preimages(folder=command["keeps_files_in"], root=command["cwd"]).install()
    ownership = ownership or ownership_for(command)
    if ownership is not None:
        ownership.begin_load(load=command["load"], worker=command["number"])
    loaded = loader.load(search)
    load_drew = ownership is None or ownership.has_drawn
    _hear_django(capture)
    _let_us_in()
    owns_random = ownership.owns_random if ownership is not None else _nobody
    memory = Memory(owns_file=search.files.owns, owns_random=owns_random)
    if command["watches_memory"]:
        memory.prepare()
    program = Program(
        app=loaded.app,
        interface=loaded.kind.interface,
        files=search.files,
        capture=capture,
        memory=memory,
        ownership=ownership,
        load_drew=load_drew,
    )
    late = _late_routes(loaded) if command["asks_routes"] else {}
    return program, {**loaded.info, **late, "files": capture.take_files()}


def _late_routes(loaded: loader.Loaded) -> Message:
    """What a framework knows only after its first request, and what views read; nothing where that cannot be read."""
    with contextlib.suppress(Exception):
        from simulator.launcher.fields import fields_of

        routes = late_routes_of(loaded.app, loaded.kind)
        methods = {path: sorted(some) for path, some, _ in routes} if not loaded.info["routes"] else {}
        late = {"routes": list(methods), "methods": methods} if methods else {}
        return {**late, "fields": fields_of(routes)}
    return {}
