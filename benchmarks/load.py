"""Clients that ask as fast as they are answered, in a process of their own: wrk where it is there, else a small one.

python benchmarks/load.py PORT [--seconds 1]
"""

from __future__ import annotations

import argparse
import re
import selectors
import shutil
import socket
import subprocess
import sys
import time

CLIENTS = 32
PATH = "/ping"
REQUEST = f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\nUser-Agent: x\r\n\r\n".encode()
_DONE = re.compile(r"(\d+) requests in ([\d.]+)(ms|s)")


def load(port: int, seconds: int) -> tuple[int, float]:
    """How many requests were answered in how many seconds. Connections are kept where the server keeps them."""
    url = f"http://127.0.0.1:{port}{PATH}"
    wrk = [shutil.which("wrk") or "", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", url]
    command = wrk if wrk[0] else [sys.executable, __file__, str(port), "--seconds", str(seconds)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = _DONE.search(said)
    if found is None or "Non-2xx" in said:
        raise SystemExit(f"the load went wrong: {said}")
    return int(found[1]), float(found[2]) / (1000 if found[3] == "ms" else 1)


def clients(port: int, seconds: float) -> tuple[int, float]:
    """The small one."""
    selector = selectors.DefaultSelector()

    def open_one() -> None:
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(sock, selectors.EVENT_READ, bytearray())
        sock.sendall(REQUEST)

    for _ in range(CLIENTS):
        open_one()
    answered = 0
    began = time.perf_counter()
    while time.perf_counter() - began < seconds:
        for key, _ in selector.select(1.0):
            sock, data = key.fileobj, key.data
            assert isinstance(sock, socket.socket)
            received = sock.recv(65536)
            data += received
            if data.endswith(b"pong"):
                answered += 1
            if not received or b"onnection: close" in data:
                selector.unregister(sock)
                sock.close()
                open_one()
            elif data.endswith(b"pong"):
                data.clear()
                sock.sendall(REQUEST)
    elapsed = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        assert isinstance(key.fileobj, socket.socket)
        key.fileobj.close()
    return answered, elapsed


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("port", type=int)
    options.add_argument("--seconds", type=float, default=1.0)
    chosen = options.parse_args()
    answers, took_s = clients(chosen.port, chosen.seconds)
    print(f"{answers} requests in {took_s:.3f}s")
