"""The applications that hide state: each serves under its framework, keeps what it is told, and is declared right."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("hidden_state")
TABLE = tomllib.loads((FOLDER / "table.toml").read_text())
TOKEN = "wsimabcdefghij23"
FIELDS = {"framework", "variable", "file", "defined", "changed", "tokens", "opaque", "requires"}


def test_there_are_many_ways_to_hide_state_in_each_framework():
    frameworks = Counter(row["framework"] for row in TABLE.values())
    assert frameworks >= Counter(flask=40, django=4, fastapi=3)
    assert all(set(row) <= FIELDS for row in TABLE.values())


def test_the_table_and_the_folder_agree():
    files = {path.stem for path in FOLDER.glob("*.py")}
    helpers = {Path(row["file"]).stem for row in TABLE.values() if "file" in row}
    assert files == set(TABLE) | helpers


@pytest.mark.parametrize("name", TABLE)
def test_the_declared_lines_are_there_once_each(name):
    row = TABLE[name]
    lines = [line.strip() for line in (FOLDER / row.get("file", f"{name}.py")).read_text().splitlines()]
    for text in (row.get("defined"), row["changed"]):
        assert text is None or lines.count(text) == 1, text


@pytest.mark.parametrize("name", TABLE)
def test_what_was_added_changes_what_is_shown(name, visit, tmp_path):
    row = TABLE[name]
    pytest.importorskip(row.get("requires", "flask"))
    asks = [("GET", "/view", {}), ("GET", f"/add/{TOKEN}", {}), ("GET", "/view", {}), ("GET", "/view", {})]
    before, added, after, again = visit(FOLDER, name, row["framework"], asks)
    assert {status for status, _ in (before, added, after, again)} == {200}
    assert after == again, "looking changes nothing"
    assert after != before
    assert (TOKEN in after[1]) is row.get("tokens", True)
    assert TOKEN not in before[1]
