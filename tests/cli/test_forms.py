"""Every other command as it looks on a wide and on a narrow screen, with colour and without."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Approve = Callable[..., None]
Forms = Callable[..., tuple[int, str]]

APPS = Path(__file__).parent / "apps"
PATHS = ("--write", "/add/VALUE", "--read", "/view")

TOLD = {
    "list": (0, ("list",)),
    "explain-finding": (0, ("explain", "W002")),
    "explain-error": (0, ("explain", "E101")),
    "compare": (1, ("compare", "broken.py", "fixed.py", *PATHS, "--order", "2:abb")),
    "replay": (1, ("replay", "2:aa")),
    "check": (1, ("check", "kept.jsonl")),
    "import": (0, ("import", "kept.jsonl")),
    "init": (0, ("init", "broken.py", "--force")),
}


@pytest.mark.parametrize("name", TOLD)
def test_a_command_in_all_forms(forms: Forms, workersim: object, approve: Approve, tmp_path: Path, name: str) -> None:
    expected, argv = TOLD[name]
    for app in ("broken.py", "fixed.py"):
        shutil.copy(APPS / app, tmp_path)
    if name in ("replay", "check", "import"):
        assert callable(workersim)
        workersim("run", "broken.py", *PATHS, "--order", "2:aa")
        shutil.copy(tmp_path / ".workersim" / "latest.jsonl", tmp_path / "kept.jsonl")
    code, text = forms(*argv)
    approve(re.sub(r"in \d+\.\d s", "in 0.3 s", text), exit_code=code)
    assert code == expected
