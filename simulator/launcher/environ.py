"""The WSGI environment of a request, out of its ASGI scope."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote_to_bytes

import simulator
from simulator.wire import USUAL, Message

Environ: TypeAlias = dict[str, Any]

_SOFTWARE: Final = f"workersim/{simulator.__version__}"
_MOST_NAMES: Final = 1000
_SKIPPED: Final = ""


class FileWrapper:
    """`wsgi.file_wrapper`: a file as an iterable of blocks."""

    def __init__(self, file: Any, block_size: int = 1 << 16) -> None:
        self._file = file
        self._block_size = block_size
        if hasattr(file, "close"):
            self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while block := self._file.read(self._block_size):
            yield block


class Environs:
    """Makes the environment of one request after another. What is the same for all is made once."""

    def __init__(self) -> None:
        self._same: Environ = {
            "SERVER_SOFTWARE": _SOFTWARE,
            "wsgi.version": (1, 0),
            "wsgi.input_terminated": True,
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": FileWrapper,
        }
        self._same |= _particular(USUAL)
        self._names: dict[bytes, str] = {}

    def of(self, scope: Message, body: object) -> Environ:
        """The environment of `scope`; `body` is its `wsgi.input`."""
        raw: bytes = scope.get("raw_path") or quote(scope["path"], safe="/:@!$&'()*+,;=~-._").encode()
        path = uri = raw.decode("latin-1")
        if b"%" in raw:
            path = unquote_to_bytes(raw).decode("latin-1")
        query = scope["query_string"].decode("latin-1") if "query_string" in scope else ""
        environ = self._same.copy()
        if not scope.keys().isdisjoint(USUAL):
            environ.update(_particular(scope))
        environ["REQUEST_METHOD"] = scope["method"]
        environ["PATH_INFO"] = path.removeprefix(environ["SCRIPT_NAME"])
        environ["QUERY_STRING"] = query
        environ["RAW_URI"] = environ["REQUEST_URI"] = f"{uri}?{query}" if query else uri
        environ["wsgi.input"] = body
        environ["wsgi.errors"] = sys.stderr
        self._add_headers(environ, scope["headers"])
        return environ

    def _add_headers(self, environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
        names = self._names
        for raw_name, raw_value in headers:
            key = names[raw_name] if raw_name in names else self._learn(raw_name)
            if key in environ:
                joint = "; " if key == "HTTP_COOKIE" else ","
                environ[key] = f"{environ[key]}{joint}{raw_value.decode('latin-1')}"
            elif key is not _SKIPPED:
                environ[key] = raw_value.decode("latin-1")

    def _learn(self, raw_name: bytes) -> str:
        """The key of a header; those with `_` are left out: X_User would be taken for X-User."""
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        key = name if name in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{name}"
        if b"_" in raw_name:
            key = _SKIPPED
        if len(self._names) < _MOST_NAMES:
            self._names[raw_name] = key
        return key


def _particular(scope: Message) -> Environ:
    """What follows from the part of a scope that a frame may leave out, where it is there."""
    environ: Environ = {}
    if "root_path" in scope:
        environ["SCRIPT_NAME"] = scope["root_path"].encode().decode("latin-1")
    if "http_version" in scope:
        environ["SERVER_PROTOCOL"] = f"HTTP/{scope['http_version']}"
    if "scheme" in scope:
        environ["wsgi.url_scheme"] = scope["scheme"]
    if "server" in scope:
        host, port = scope["server"] or ("localhost", 80)
        environ["SERVER_NAME"], environ["SERVER_PORT"] = host, str(port or "")
    if "client" in scope:
        environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = map(str, scope["client"] or ("", ""))
    return environ
