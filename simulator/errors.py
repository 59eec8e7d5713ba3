"""Everything that can go wrong, as one tree: a code, an exit status, and what a person can do about it.

Rule: an error says *what* happened, *why* (the place in the person's own code, if there is one) and
*what to do*. `reports.terminal` prints them; nothing else formats an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import ClassVar


class ExitStatus(IntEnum):
    """Exit codes of every command."""

    OK = 0
    PROBLEM = 1
    USAGE = 2
    APP = 3
    UNKNOWN = 4
    INTERNAL = 70
    INTERRUPTED = 130


class WorkersimError(Exception):
    """Base of all errors that are meant to be read by a person.

    `what` is one line; `why` are further lines, shown indented (code places, tracebacks of the user's
    own frames); `do` are the lines that say what to do next.
    """

    code: ClassVar[str] = "E900"
    exit_status: ClassVar[ExitStatus] = ExitStatus.INTERNAL

    def __init__(self, what: str, *, why: Sequence[str] = (), do: Sequence[str] = ()) -> None:
        super().__init__(what)
        self.what = what
        self.why = tuple(why)
        self.do = tuple(do)


class UsageError(WorkersimError):
    """An option, a file of options or a name was wrong."""

    code = "E200"
    exit_status = ExitStatus.USAGE


class ScenarioNotFound(UsageError):
    """No scenario has this name."""

    code = "E201"


class PortInUse(UsageError):
    """The address that a command should listen on is taken."""

    code = "E202"


class StoryError(UsageError):
    """A story's text or its Python functions cannot be understood."""

    code = "E203"


class OrderError(UsageError):
    """An order token cannot be understood, or does not fit the story."""

    code = "E204"


class RecordError(UsageError):
    """A recorded file is missing, cut or of another form; `why` names the line."""

    code = "E205"


class StoreError(UsageError):
    """A declared store cannot be reached, saved or put back."""

    code = "E206"


class ConfigError(UsageError):
    """A setting has an unknown name or a value that is not understood."""

    code = "E207"


class PlatformError(UsageError):
    """The operating system has no fork."""

    code = "E301"


class AppError(WorkersimError):
    """The application under test could not be loaded."""

    code = "E100"
    exit_status = ExitStatus.APP


class AppNotFound(AppError):
    """There is no such file, module or attribute."""

    code = "E101"


class AppImportFailed(AppError):
    """The module was found, but running it raised."""

    code = "E102"


class AppAmbiguous(AppError):
    """The module holds no application, or more than one."""

    code = "E103"


class AppLoadTimedOut(AppError):
    """The module was still being imported when the limit was reached."""

    code = "E104"


class AppCrashed(AppError):
    """A process of the application died at load or before its first answer."""

    code = "E105"


class AppFactoryFailed(AppError):
    """The factory could not be called as it was written, or raised."""

    code = "E106"
