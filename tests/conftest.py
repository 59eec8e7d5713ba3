"""What all tests share: texts that were read by a person once and are compared from then on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Approve = Callable[..., None]


@pytest.fixture
def approve(request: pytest.FixtureRequest) -> Approve:
    """`approve(text, exit_code=1, name="...")`: compare with `snapshots/<test file>/<test>[.name].txt` beside the test.

    The exit code, where there is one, is the file's first line; escape characters are written as `␛` so that the
    file can be read. `WORKERSIM_SNAPSHOTS=write` writes the files instead: read them before committing.
    """
    test_file = Path(str(request.node.path))
    folder = test_file.parent / "snapshots" / test_file.stem.removeprefix("test_")
    used: set[str] = set()

    def compare(text: str, *, exit_code: int | None = None, name: str = "") -> None:
        label = request.node.name.removeprefix("test_") + (f".{name}" if name else "")
        stem = "-".join(re.findall(r"[\w.]+", label)).replace("-.", ".")
        assert stem not in used, f"two texts of one test need names: {stem}"
        used.add(stem)
        path = folder / f"{stem}.txt"
        seen = ("" if exit_code is None else f"[exit {exit_code}]\n") + text.replace("\x1b", "␛")
        if os.environ.get("WORKERSIM_SNAPSHOTS") == "write":
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(seen, encoding="utf-8", newline="\n")
            return
        assert path.exists(), f"no {path}: run with WORKERSIM_SNAPSHOTS=write, read what was written, then commit it"
        assert seen == path.read_text(encoding="utf-8")

    return compare
