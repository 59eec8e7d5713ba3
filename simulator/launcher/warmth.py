"""Frameworks that the zygote may import ahead, so that a reload takes milliseconds and not their import.

Rule: only libraries of a known list, only modules that the application's first load imported from outside its own
folders, and nothing that reads a project's settings. Where a library patches others at import (gevent), none.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import Final

_KNOWN: Final = frozenset(
    {
        "annotated_types", "anyio", "asgiref", "blinker", "bottle", "click", "django", "falcon", "fastapi", "flask",
        "itsdangerous", "jinja2", "markupsafe", "pydantic", "pydantic_core", "sqlalchemy", "starlette",
        "typing_extensions", "werkzeug",
    }
)  # fmt: skip
_READS_SETTINGS: Final = "django.contrib"
_PATCHES_OTHERS: Final = ("gevent", "eventlet")


def imported_frameworks() -> list[str]:
    """The modules of this process that another one may import ahead."""
    if any(name in sys.modules for name in _PATCHES_OTHERS):
        return []
    return [
        name
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in _KNOWN
        and not name.startswith(_READS_SETTINGS)
        and "-packages" in (getattr(module, "__file__", None) or "")
    ]


def import_all(modules: list[str]) -> None:
    """Import what can be imported without a project."""
    settings = os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    for module in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(module)
    if settings is not None:
        os.environ["DJANGO_SETTINGS_MODULE"] = settings
