"""The three lines that each `--help` begins with. Every one of them is run by a test."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, str, str]] = {
    "workersim": (
        "workersim run lost-write",
        "workersim run flask_app.py --write /add/VALUE --read /view",
        "workersim explain lost-write",
    ),
    "run": (
        "workersim run lost-write",
        "workersim run flask_app.py --write /add/VALUE --read /view",
        "workersim run flask_app.py --story flask_app.story --workers 3",
    ),
    "compare": (
        "workersim compare lost-write",
        "workersim compare lost-write --order 2:aa",
        "workersim compare flask_app.py fixed_app.py --write /add/VALUE --read /view",
    ),
    "replay": (
        "workersim replay",
        "workersim replay 2:aa --step",
        "workersim replay 2:aa --app fixed_app.py",
    ),
    "import": (
        "workersim import visit.har",
        "workersim import visit.har --as-pytest --app flask_app.py",
        "workersim import .workersim/latest.jsonl",
    ),
    "check": (
        "workersim check .workersim/latest.jsonl",
        "workersim check history.jsonl --json",
        "workersim check history.jsonl --sarif out.sarif",
    ),
    "explain": (
        "workersim explain lost-write",
        "workersim explain W002",
        "workersim explain E101",
    ),
    "list": (
        "workersim list",
        "workersim list -v",
        "workersim list --json",
    ),
    "init": (
        "workersim init flask_app.py",
        "workersim init flask_app.py --story shop.story",
        "workersim init ci flask_app.py",
    ),
    "doctor": (
        "workersim doctor",
        "workersim doctor --app flask_app.py",
        "workersim doctor --json",
    ),
}
