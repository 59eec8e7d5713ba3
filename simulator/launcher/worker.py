"""A worker process: takes requests off the wire, one at a time, and runs the application on them."""

from __future__ import annotations

import faulthandler
import importlib
import os
import socket
from dataclasses import dataclass

from simulator.launcher import wsgi
from simulator.launcher.process import STACK_SIGNAL
from simulator.launcher.program import Program
from simulator.wire import Decoder, Message, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What a worker is given: its number, its wire, its pipe for stack dumps, its orders."""

    number: int
    sock: socket.socket
    dump: int
    load: int


def report_crashes(dump: int) -> None:
    """Write where this process is to `dump`: when it is asked to, and when a signal kills it."""
    faulthandler.enable(file=dump, all_threads=True)
    faulthandler.register(STACK_SIGNAL, file=dump, all_threads=True, chain=False)


class Worker:
    """The role of a worker: `run` serves until it is told to stop or the wire ends."""

    def __init__(self, seat: Seat, program: Program) -> None:
        self._seat = seat
        self._program = program

    def run(self) -> None:
        if self._program.interface == "asgi":
            asgi = importlib.import_module("simulator.launcher.asgi")
            asgi.serve(self._seat, self._program)
        else:
            WsgiLoop(self._seat, self._program).run()
        self._seat.sock.close()


class WsgiLoop:
    """Reads the wire, blocking, and answers."""

    def __init__(self, seat: Seat, program: Program) -> None:
        self._seat = seat
        self._program = program
        self._server = wsgi.Server(program.app)
        self._decoder = Decoder()
        self._messages: list[Message] = []

    def run(self) -> None:
        self.send([{"type": "workersim.ready", "error": None}])
        while (message := self._next()) is not None and message["type"] != "workersim.stop":
            if message["type"] == "workersim.request":
                self._serve(message)
            elif message["type"] == "workersim.memory":
                self.send([self._program.holds(message)])

    def receive(self) -> Message | None:
        """The next message that belongs to the request in hand (`wsgi.Exchange`)."""
        return self._next()

    def send(self, messages: list[Message]) -> None:
        """`wsgi.Exchange`. The controller is gone where this fails, and so is any reason to go on."""
        try:
            self._seat.sock.sendall(encode(messages))
        except OSError:
            os._exit(1)

    def _serve(self, request: Message) -> None:
        own_request(self._program, request)
        capture = self._program.capture
        capture.begin()
        if request["scope"]["type"] == "http":
            status, error, answer = self._server.serve(request["scope"], self, request.get("body"))
        else:  # WSGI has no other kind: the handshake is refused
            status, error, answer = None, None, [{"type": "websocket.close", "code": 1000, "reason": ""}]
        self.send([*answer, capture.end(status=status, error=error)])

    def _next(self) -> Message | None:
        while not self._messages:
            try:
                data = self._seat.sock.recv(self._decoder.wanted)
            except ConnectionError:
                return None
            if not data:
                return None
            frames = self._decoder.feed(data)
            self._messages = frames[0] if len(frames) == 1 else [message for frame in frames for message in frame]
        return self._messages.pop(0)


def own_request(program: Program, request: Message) -> None:
    """Put time and chance where this step of the schedule has them."""
    if program.ownership is not None:
        program.ownership.begin_request(step=request.get("chance", ""), now_s=request.get("now"))
