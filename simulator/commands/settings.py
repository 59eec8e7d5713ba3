"""What can be set: one field per setting, with its default and its parser."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from simulator.commands import parsers as parse
from simulator.story.schedule import LoadMode


def _set(parser: parse.Parser, default: Any = None) -> Any:
    return field(default=default, metadata={"parser": parser})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one command, parsed. `app` may be a scenario's name; `orders` None means all of them.

    `timeout` and `load_timeout` are seconds; `port` None means any free one; `jobs` None means one for each processor;
    `junit` ... `har` are the files to write.
    """

    app: str | None = _set(parse.text)
    workers: int = _set(parse.whole(1, 64), 2)
    load: tuple[LoadMode, ...] = _set(parse.loads, (LoadMode.ONCE, LoadMode.PER_WORKER))
    write: str | None = _set(parse.text)
    read: str | None = _set(parse.text)
    shared: bool = _set(parse.yes, False)
    users: int = _set(parse.whole(1, 4), 2)
    story: str | None = _set(parse.text)
    orders: int | None = _set(parse.orders, 100)
    order: str | None = _set(parse.text)
    seed: int = _set(parse.whole(0, 2**32 - 1), 0)
    routing: str = _set(parse.one_of("round-robin", "sticky", "random"), "round-robin")
    timeout: float = _set(parse.seconds, 5.0)
    load_timeout: float = _set(parse.seconds, 10.0)
    store: tuple[str, ...] = _set(parse.texts, ())
    env: Mapping[str, str] = field(default_factory=dict, metadata={"parser": parse.pairs})
    http: bool = _set(parse.yes, False)
    port: int | None = _set(parse.whole(1, 65_535))
    jobs: int | None = _set(parse.whole(0, 256))
    variant: str = _set(parse.text, "broken")
    framework: str | None = _set(parse.text)
    junit: str | None = _set(parse.text)
    sarif: str | None = _set(parse.text)
    html: str | None = _set(parse.text)
    trace: str | None = _set(parse.text)
    har: str | None = _set(parse.text)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(entry.name for entry in fields(cls))

    @classmethod
    def parser(cls, name: str) -> parse.Parser:
        parser: parse.Parser = cls.__dataclass_fields__[name].metadata["parser"]
        return parser


def shown(value: object) -> str:
    """A setting's value as a person would write it."""
    match value:
        case None | "":
            return "-"
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case str():
            return str(value)
        case Mapping():
            return " ".join(f"{name}={entry}" for name, entry in value.items()) or "-"
        case Sequence():
            return ", ".join(str(entry) for entry in value) or "-"
    return str(value)
