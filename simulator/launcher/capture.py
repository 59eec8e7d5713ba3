"""What an application says and touches while it serves: log records, prints, warnings, exceptions, files.

Rule: the application's own logging is only watched. Its handlers, levels, filters and `dictConfig` work as
they do elsewhere, so the watch sits where every record that somebody wanted passes once (`Logger.callHandlers`),
not among the handlers; what a handler then prints is the same record and is not taken a second time.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Set
from types import FrameType
from typing import Any, Final, TypeAlias

from simulator.launcher.connections import Connections
from simulator.launcher.frames import AppFiles, error_text, printed_error, traceback_places
from simulator.wire import Message

Entry: TypeAlias = tuple[str, str, str]
"""Level, logger and message."""

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FLAG_AT: Final = 2
_CONNECTING: Final = frozenset({"socket.connect", "subprocess.Popen"})
_UNINTERESTING: Final = ("/dev/", "/proc/", "/sys/")
_SERVER_ERROR: Final = 500


class Capture:
    """Notices what the application says and touches, for the request that is being served or for nobody's."""

    def __init__(self, *, files: AppFiles, outside: Callable[[str, str, str], None]) -> None:
        self.outside = outside
        self._files = files
        self._touched: dict[str, None] = {}
        self._connections = Connections(self._where)
        self._entries: list[Entry] | None = None
        self._told_error: BaseException | None = None
        self._in_handlers = threading.local()
        self._streams = [_Lines(name, descriptor, self._print) for name, descriptor in (("stdout", 1), ("stderr", 2))]

    def install(self) -> None:
        """Begin to watch this process, before the application's code runs in it."""
        sys.stdout, sys.stderr = (stream.text() for stream in self._streams)
        self._watch_loggers()
        warnings.showwarning = self._warn
        sys.addaudithook(only(_NOTICED.keys() | _CONNECTING, self._audit))

    def begin(self) -> None:
        """From now on everything belongs to one request."""
        self._entries, self._told_error = [], None

    def raised(self, error: BaseException) -> None:
        """The framework says that this is what it makes an error page of."""
        if self._entries is not None:
            self._told_error = error

    def end(self, *, status: int | None, error: BaseException | None) -> Message:
        """The last word about the request: what it said ("logs"), "raised" and touched ("files"), and what it
        is connected to ("peers"), each only if it did and is.

        An exception that was only told of counts if the answer failed.
        """
        for stream in self._streams:
            stream.finish_line()
        done: Message = {"type": "workersim.done"}
        entries, self._entries = self._entries, None
        if entries:
            done["logs"] = entries
        if error is not None:
            done["raised"] = self.describe(error)
        elif status is not None and status >= _SERVER_ERROR and (told := self._told(entries or [])):
            done["raised"] = told
        self._told_error = None  # it holds on to the frames it came from
        if self._touched:
            done["files"] = self.take_files()
        if peers := self._connections.take():
            done["peers"] = peers
        return done

    def take_files(self) -> list[str]:
        """The paths opened for writing, and databases opened, since the last time; in order, each once."""
        touched, self._touched = self._touched, {}
        return list(touched)

    def describe(self, error: BaseException) -> Message:
        """An exception as its last line and the application's frames, outermost first."""
        return {
            "error": error_text(error),
            "lines": list(self._files.lines(traceback_places(error.__traceback__))),
        }

    def _told(self, entries: list[Entry]) -> Message | None:
        """The exception that was logged or signalled during a request, or whose traceback was printed."""
        if self._told_error is not None:
            return self.describe(self._told_error)
        printed = printed_error([message for _, logger, message in entries if logger == "stderr"])
        return {"error": printed[0], "lines": list(self._files.lines(printed[1]))} if printed is not None else None

    def _say(self, level: str, logger: str, message: str) -> None:
        if self._entries is not None:
            self._entries.append((level, logger, message))
        else:
            self.outside(level, logger, message)

    def _print(self, stream: str, line: str) -> None:
        if not getattr(self._in_handlers, "busy", False):
            self._say("INFO" if stream == "stdout" else "ERROR", stream, line)

    def _watch_loggers(self) -> None:
        call_handlers = logging.Logger.callHandlers

        def watched(logger: logging.Logger, record: logging.LogRecord) -> None:
            self._record(record)
            with self._silent_streams():
                call_handlers(logger, record)

        setattr(logging.Logger, "callHandlers", watched)  # noqa: B010 - a method of somebody else's class

    @contextlib.contextmanager
    def _silent_streams(self) -> Iterator[None]:
        before = getattr(self._in_handlers, "busy", False)
        self._in_handlers.busy = True
        try:
            yield
        finally:
            self._in_handlers.busy = before

    def _record(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # arguments that do not fit; logging itself says so too
            message = str(record.msg)
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            message = f"{message}\n{error_text(error)}"
            self.raised(error)
        self._say(record.levelname, record.name, message)

    def _warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,  # noqa: ARG002 - the signature of warnings.showwarning
        line: str | None = None,  # noqa: ARG002
    ) -> None:
        self._say("WARNING", "warnings", f"{self._files.name(filename)}:{lineno}: {category.__name__}: {message}")

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        notice = _NOTICED.get(event)
        if notice is not None and (path := notice(arguments)) is not None:
            self._touched[path] = None
        elif event in _CONNECTING:
            self._connections.notice(event, arguments)

    def _where(self) -> str:
        """The application's line that is running, "" for none."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if self._files.owns(code.co_filename):
                return self._files.line((code.co_filename, frame.f_lineno, code.co_name))
            frame = frame.f_back
        return ""


def only(events: Set[str], hook: Callable[[str, tuple[Any, ...]], None]) -> Callable[[str, tuple[Any, ...]], None]:
    """A hook for audit events that hears of these alone; the rest passes quickly.

    It is a function, since of anything else (a method) Python looks up an attribute that is not there, at every event.
    """

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event in events:
            hook(event, arguments)

    return heard


def _opened(arguments: tuple[Any, ...]) -> str | None:
    flags = arguments[_FLAG_AT]
    return _absolute(arguments[0]) if isinstance(flags, int) and flags & _WRITING else None


def _connected(arguments: tuple[Any, ...]) -> str | None:
    database = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes, os.PathLike)) else ""
    if database.startswith("file:"):
        database, _, query = database.removeprefix("file:").partition("?")
        if "mode=memory" in query:
            return None
    return _absolute(database) if database not in {"", ":memory:"} else None


def _first(arguments: tuple[Any, ...]) -> str | None:
    return _absolute(arguments[0])


def _second(arguments: tuple[Any, ...]) -> str | None:
    return _absolute(arguments[1])


_NOTICED: Final[dict[str, Callable[[tuple[Any, ...]], str | None]]] = {
    "open": _opened,
    "os.remove": _first,
    "os.truncate": _first,
    "os.rename": _second,
    "sqlite3.connect": _connected,
}


def _absolute(path: Any) -> str | None:
    if not isinstance(path, (str, bytes, os.PathLike)):
        return None
    absolute = os.path.abspath(os.fsdecode(path))
    if absolute.startswith(_UNINTERESTING) or "__pycache__" in absolute:
        return None
    return absolute


class _Lines(io.RawIOBase):
    """The bytes of a standard stream, handed on line by line."""

    def __init__(self, name: str, descriptor: int, said: Callable[[str, str], None]) -> None:
        self._name = name
        self._descriptor = descriptor
        self._said = said
        self._line = b""

    def text(self) -> io.TextIOWrapper:
        """The stream as `sys.stdout` is: text, written through at once."""
        buffered: Any = self
        return io.TextIOWrapper(buffered, encoding="utf-8", errors="backslashreplace", write_through=True)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def write(self, data: Any, /) -> int:
        *lines, self._line = (self._line + bytes(data)).split(b"\n")
        for line in lines:
            self._said(self._name, line.decode("utf-8", "backslashreplace"))
        return len(data)

    def finish_line(self) -> None:
        """What was printed without an end of line is a line when its request ends."""
        if self._line:
            self.write(b"\n")
