"""Paths into a JSON answer: `data.items.0.id`."""

from __future__ import annotations

from typing import Any


def find(document: Any, path: str) -> Any:
    """What lies at `path` ("": the whole document). Raises LookupError where there is nothing."""
    here = document
    for part in path.split(".") if path else ():
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.lstrip("-").isdigit():
            here = here[int(part)]
        else:
            raise LookupError(f'no "{part}" on the path {path}')
    return here
