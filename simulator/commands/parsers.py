"""One parser for each form of a setting. What a parser raises (ValueError) reads on after "must be".

Rule: values come from TOML (typed) or from a shell (text); both go through the same parser, so that the same
mistake has the same message everywhere.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from simulator.story.schedule import LoadMode

Parser = Callable[[Any], Any]


def text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("a text")
    return value


def yes(value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if str(value).lower() not in words:
        raise ValueError("true or false")
    return words[str(value).lower()]


def whole(least: int, most: int) -> Parser:
    def parse(value: Any) -> int:
        text = str(value)
        if isinstance(value, bool) or not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return int(text)

    return parse


def seconds(value: Any) -> float:
    try:
        number = float(str(value).removesuffix("s"))
    except ValueError:
        number = -1.0
    if isinstance(value, bool) or not 0 < number <= 86_400:
        raise ValueError("a number of seconds above 0")
    return number


def orders(value: Any) -> int | None:
    if value == "all":
        return None
    try:
        return int(whole(1, 1_000_000)(value))
    except ValueError:
        raise ValueError('"all" or a whole number from 1 to 1000000') from None


def one_of(*choices: str) -> Parser:
    def parse(value: Any) -> str:
        if value not in choices:
            raise ValueError(" or ".join(f'"{choice}"' for choice in choices) + suggestion(str(value), choices))
        return str(value)

    return parse


def loads(value: Any) -> tuple[LoadMode, ...]:
    if value == "both":
        return (LoadMode.ONCE, LoadMode.PER_WORKER)
    return (LoadMode(one_of("both", *LoadMode)(value)),)


def texts(value: Any) -> tuple[str, ...]:
    return tuple(text(entry) for entry in ((value,) if isinstance(value, str) else value))


def pairs(value: Any) -> Mapping[str, str]:
    if isinstance(value, Mapping):
        return {str(name): str(entry) for name, entry in value.items()}
    pairs = [str(entry).partition("=") for entry in ((value,) if isinstance(value, str) else value)]
    if any(not name or not equals for name, equals, _ in pairs):
        raise ValueError("NAME=VALUE")
    return {name: entry for name, _, entry in pairs}


def suggestion(word: str, known: Iterable[str]) -> str:
    """`. Did you mean x?` for the nearest of `known`, or nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f". Did you mean {near[0]}?" if near else ""
