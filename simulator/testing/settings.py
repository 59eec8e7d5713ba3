"""Settings of a test: what the test says, over WORKERSIM_*, over pytest's ini, over [tool.workersim].

Rule: the same names, values and messages as on the command line; only the ini options have a prefix.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest

from simulator.commands.config import Resolved, read_config, resolve
from simulator.commands.settings import Settings, shown
from simulator.errors import ConfigError

_ARGUMENTS: Mapping[str, str] = {"stores": "store", "timeout_s": "timeout", "load_timeout_s": "load_timeout"}
"""What a setting is called in Python, where it is called otherwise."""


def resolved(config: pytest.Config, said: Mapping[str, Any]) -> Resolved:
    """The settings of one check. Raises ConfigError."""
    table, file = read_config(config.rootpath)
    options = {_ARGUMENTS.get(name, name): _plain(value) for name, value in said.items() if value is not None}
    return resolve(options=options, environ=os.environ, table={**table, **_ini(config)}, file=file)


def _plain(value: Any) -> Any:
    """As it would have been written on a command line."""
    return {str(name): str(entry) for name, entry in value.items()} if isinstance(value, Mapping) else value


def _ini(config: pytest.Config) -> Mapping[str, Any]:
    """The ini options that were set; each is looked at here, for only here its own name is known."""
    values = {name: config.getini(f"workersim_{name}") for name in _NAMES}
    given = {name: value for name, value in values.items() if value not in (None, "", [])}
    for name, value in given.items():
        try:
            Settings.parser(name)(value)
        except (ValueError, TypeError) as error:
            where = config.inipath.name if config.inipath is not None else "ini"
            raise ConfigError(f'{where}: workersim_{name} is "{shown(value)}", but must be {error}') from None
    return given


_NAMES = ("app", "workers", "load", "routing", "orders", "seed", "timeout", "load_timeout", "store", "env")
