"""`--show-config`: every setting, its value, and the source that decided."""

from __future__ import annotations

from simulator.commands.config import Resolved
from simulator.commands.console import Console
from simulator.commands.settings import Settings, shown
from simulator.errors import ExitStatus


def show_settings(resolved: Resolved, console: Console) -> int:
    """Print the table (or the object) and return the exit code."""
    if console.is_json:
        names = Settings.names()
        settings = {name: {"value": _text(resolved, name), "source": resolved.source(name)} for name in names}
        console.show_json({"schema": 1, "settings": settings})
        return ExitStatus.OK
    widest = max(len(name) for name in Settings.names())
    values = [_text(resolved, name) for name in Settings.names()]
    room = min(max(map(len, values)), max(console.style.width - widest - 20, 8))
    for name, value in zip(Settings.names(), values, strict=True):
        console.show(f"{name.replace('_', '-'):<{widest}}  {value:<{room}}  {resolved.source(name)}".rstrip())
    return ExitStatus.OK


def _text(resolved: Resolved, name: str) -> str:
    """Values of the app's own variables stay hidden: they may be secrets."""
    value = getattr(resolved.settings, name)
    if name == "env":
        return shown(dict.fromkeys(value, "***"))
    if name == "load" and len(value) > 1:
        return "both"
    return "all" if name == "orders" and value is None else shown(value)
