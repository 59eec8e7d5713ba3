"""Where settings come from: defaults < pyproject.toml < WORKERSIM_* variables < options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Any, NamedTuple

from simulator.commands.parsers import suggestion
from simulator.commands.settings import Settings, shown
from simulator.errors import ConfigError

PREFIX = "WORKERSIM_"
OWN_VARIABLES = frozenset({"WORKERSIM_ASCII"})
"""Variables of ours that are not settings (`reports.style` reads them)."""


class Rank(IntEnum):
    """The higher one decides."""

    DEFAULT = 0
    FILE = 1
    ENVIRONMENT = 2
    OPTION = 3


class Given(NamedTuple):
    """One value as it was written, and what to call the place: in a listing, and in a message."""

    name: str
    value: Any
    rank: Rank
    source: str
    spelling: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Settings, what was given for each that is not the default, and what was strange about the environment."""

    settings: Settings
    given: Mapping[str, Given]
    warnings: tuple[str, ...] = ()

    def source(self, name: str) -> str:
        return self.given[name].source if name in self.given else "default"

    def rank(self, *names: str) -> Rank:
        """The highest rank among the sources of these settings."""
        return max((self.given[name].rank for name in names if name in self.given), default=Rank.DEFAULT)

    def folder(self, name: str) -> Path:
        """Where a path in this setting starts: the folder of the file that says it, else the current one."""
        return Path(self.source(name)).resolve().parent if self.rank(name) is Rank.FILE else Path.cwd()

    def changed(self, **values: Any) -> Resolved:
        """A copy with other values (parsed ones), as if nothing had been said about where they came from."""
        return replace(self, settings=replace(self.settings, **values))


def resolve(*, options: Mapping[str, Any], environ: Mapping[str, str], table: Mapping[str, Any], file: str) -> Resolved:
    """The settings out of all sources. `table` is the `[tool.workersim]` of `file`.

    Options that are None or empty were not given. Raises ConfigError for an unknown name in `table` and for a
    value that is not understood; an unknown WORKERSIM_* variable is only a warning, for it may be another's.
    """
    _refuse_unknown(table, file)
    sources = (*_of_table(table, file), *_of_environment(environ), *_of_options(options))
    given = {one.name: one for one in sources if one.value not in (None, (), [], "")}
    settings = Settings(**{name: _parsed(one) for name, one in given.items()})
    return Resolved(settings=settings, given=given, warnings=_strangers(environ))


def read_config(start: Path) -> tuple[Mapping[str, Any], str]:
    """The table and the name of the file it is in: the nearest pyproject.toml from `start` upwards.

    Nothing is read from further up than the nearest one, whether it has such a table or not. Raises
    ConfigError if the file is not TOML or the table is not a table.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            return _table(path), path.name if folder == Path.cwd() else str(path)
    return {}, "pyproject.toml"


def _table(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read", why=[str(error)]) from None
    table = tool.get("workersim", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.workersim is not a table", do=["Write [tool.workersim] on a line of its own."])
    return table


def _of_table(table: Mapping[str, Any], file: str) -> Iterator[Given]:
    for key, value in table.items():
        yield Given(key.replace("-", "_"), value, Rank.FILE, file, f"{file}: {key}")


def _of_environment(environ: Mapping[str, str]) -> Iterator[Given]:
    for name in Settings.names():
        variable = PREFIX + name.upper()
        yield Given(name, environ.get(variable), Rank.ENVIRONMENT, variable, variable)


def _of_options(options: Mapping[str, Any]) -> Iterator[Given]:
    for name in Settings.names():
        option = "TARGET" if name == "app" else "--" + name.replace("_", "-")
        yield Given(name, options.get(name), Rank.OPTION, option, option)


def _parsed(given: Given) -> Any:
    try:
        return Settings.parser(given.name)(given.value)
    except (ValueError, TypeError) as error:
        raise ConfigError(f'{given.spelling} is "{shown(given.value)}", but must be {error}') from None


def _refuse_unknown(table: Mapping[str, Any], file: str) -> None:
    for key in table:
        if key.replace("-", "_") not in Settings.names():
            near = suggestion(key.replace("_", "-"), [name.replace("_", "-") for name in Settings.names()])
            what = f'{file}: [tool.workersim] has no setting "{key}"'
            raise ConfigError(what + near, do=["All of them: workersim run --help"])


def _strangers(environ: Mapping[str, str]) -> tuple[str, ...]:
    known = {PREFIX + name.upper() for name in Settings.names()} | OWN_VARIABLES
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return tuple(f"{name} is not a setting{suggestion(name, known)}" for name in strange)
