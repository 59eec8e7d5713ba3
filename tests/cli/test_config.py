"""Where settings come from: defaults < pyproject.toml < WORKERSIM_* < options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from simulator.commands.config import Rank, Resolved, read_config, resolve
from simulator.errors import ConfigError
from simulator.story.schedule import LoadMode


def settled(
    options: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    table: Mapping[str, Any] | None = None,
) -> Resolved:
    return resolve(options=options or {}, environ=environ or {}, table=table or {}, file="pyproject.toml")


def test_nothing_said_means_the_defaults() -> None:
    resolved = settled()
    assert (resolved.settings.workers, resolved.settings.orders, resolved.settings.timeout) == (2, 100, 5.0)
    assert resolved.settings.load == (LoadMode.ONCE, LoadMode.PER_WORKER)
    assert resolved.source("workers") == "default"


@pytest.mark.parametrize(
    ("options", "environ", "table", "workers", "source"),
    [
        ({}, {}, {"workers": 3}, 3, "pyproject.toml"),
        ({}, {"WORKERSIM_WORKERS": "4"}, {"workers": 3}, 4, "WORKERSIM_WORKERS"),
        ({"workers": "5"}, {"WORKERSIM_WORKERS": "4"}, {"workers": 3}, 5, "--workers"),
        ({"workers": None}, {"WORKERSIM_WORKERS": ""}, {"workers": 3}, 3, "pyproject.toml"),
    ],
)
def test_the_nearer_source_wins(
    options: dict[str, Any], environ: dict[str, str], table: dict[str, Any], workers: int, source: str
) -> None:
    resolved = settled(options, environ, table)
    assert resolved.settings.workers == workers
    assert resolved.source("workers") == source


def test_the_same_value_in_any_source_is_read_alike() -> None:
    by_table = settled(table={"load-timeout": 3, "shared": True, "env": {"A": 1}, "store": ["a.db"], "orders": "all"})
    by_environment = settled(
        environ={
            "WORKERSIM_LOAD_TIMEOUT": "3",
            "WORKERSIM_SHARED": "yes",
            "WORKERSIM_ENV": "A=1",
            "WORKERSIM_STORE": "a.db",
            "WORKERSIM_ORDERS": "all",
        }
    )
    by_options = settled({"load_timeout": "3s", "shared": True, "env": ["A=1"], "store": ["a.db"], "orders": "all"})
    assert by_table.settings == by_environment.settings == by_options.settings
    assert by_table.settings.orders is None


def test_an_option_can_take_back_what_a_file_says() -> None:
    assert settled({"shared": False}, table={"shared": True}).settings.shared is False


@pytest.mark.parametrize(
    ("options", "environ", "table", "message"),
    [
        ({"workers": "two"}, {}, {}, '--workers is "two", but must be a whole number from 1 to 64'),
        ({"workers": "0"}, {}, {}, '--workers is "0", but must be a whole number from 1 to 64'),
        ({}, {"WORKERSIM_TIMEOUT": "-1"}, {}, 'WORKERSIM_TIMEOUT is "-1", but must be a number of seconds above 0'),
        ({}, {}, {"workers": True}, 'pyproject.toml: workers is "true", but must be a whole number from 1 to 64'),
        ({}, {}, {"app": 3}, 'pyproject.toml: app is "3", but must be a text'),
        ({"env": ["A"]}, {}, {}, '--env is "A", but must be NAME=VALUE'),
        (
            {"routing": "stiky"},
            {},
            {},
            '--routing is "stiky", but must be "round-robin" or "sticky" or "random". Did you mean sticky?',
        ),
    ],
)
def test_a_value_that_is_not_understood_names_its_place(
    options: dict[str, Any], environ: dict[str, str], table: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        settled(options, environ, table)
    assert raised.value.what == message


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError) as raised:
        settled(table={"wrokers": 3})
    assert raised.value.what == 'pyproject.toml: [tool.workersim] has no setting "wrokers". Did you mean workers?'


def test_an_unknown_variable_is_only_a_warning() -> None:
    resolved = settled(environ={"WORKERSIM_WROKERS": "3", "WORKERSIM_ASCII": "1", "PATH": "/bin"})
    assert resolved.warnings == ("WORKERSIM_WROKERS is not a setting. Did you mean WORKERSIM_WORKERS?",)


def test_ranks_of_several_settings() -> None:
    resolved = settled({"read": "/view"}, table={"story": "a.story"})
    assert resolved.rank("write", "read") is Rank.OPTION
    assert resolved.rank("story") is Rank.FILE
    assert resolved.rank("seed") is Rank.DEFAULT


def test_the_nearest_pyproject_is_read_and_no_other(tmp_path: Path) -> None:
    inner = tmp_path / "site" / "pages"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.workersim]\nworkers = 7\n")
    assert read_config(inner) == ({"workers": 7}, str(tmp_path / "pyproject.toml"))
    (tmp_path / "site" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert read_config(inner)[0] == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.workersim\n", "cannot be read"),
        ("[tool]\nworkersim = 3\n", "tool.workersim is not a table"),
    ],
)
def test_a_file_that_is_no_configuration_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_config(tmp_path)


def test_folders_of_paths_are_those_of_the_file_that_says_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "pages"
    inner.mkdir()
    monkeypatch.chdir(inner)
    (tmp_path / "pyproject.toml").write_text('[tool.workersim]\napp = "flask_app.py"\n')
    table, file = read_config(inner)
    resolved = resolve(options={"story": "a.story"}, environ={}, table=table, file=file)
    assert resolved.folder("app") == tmp_path
    assert resolved.folder("story") == inner
