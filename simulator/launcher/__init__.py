"""Processes: loads the application once and forks workers from it.

The zygote imports this package inside its own interpreter, so nothing is imported here until it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.launcher.handle import Worker
    from simulator.launcher.launcher import AppInfo, Launcher

__all__ = ["AppInfo", "Launcher", "Worker"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = "handle" if name == "Worker" else "launcher"
    return getattr(import_module(f"{__name__}.{module}"), name)
