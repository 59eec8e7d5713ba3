"""The reference is what docs/generate.py makes of the program today, and the site is built without warnings."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from simulator.errors import ExitStatus

ROOT = Path(__file__).parents[2]


def test_the_reference_is_up_to_date(generate: ModuleType) -> None:
    for path, text in generate.reference().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python docs/generate.py"


def test_every_exit_code_has_its_meaning(generate: ModuleType) -> None:
    assert set(generate.MEANINGS) == set(ExitStatus)


@pytest.mark.skipif(find_spec("mkdocs") is None, reason="MkDocs is not installed: pip install '.[docs]'")
def test_the_site_is_built_without_warnings(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert (tmp_path / "site" / "reference" / "commands.html").is_file()
    assert not list((tmp_path / "site").rglob("*.py"))
