"""Words: one line of a story cut into words, quoted text, JSON and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# All of them possessive (`++`): a word may be many megabytes, and remembering each character takes a minute.
_WORD = re.compile(r'(?:"(?:[^"\\]++|\\.)*+"|[^\s"]++)++')
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"')
_QUOTE_OR_BRACE = re.compile(r'["{}]')
_BRACE = re.compile(r"[{}]")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """`text` without its double quotes, as it stands between `start` and `end` of the line."""

    text: str
    start: int
    end: int


def cut(line: str) -> tuple[Word, ...]:
    """The words of a line up to its comment. `{...}` and `[...]` are one word each.

    Raises ValueError, with the reason, for quotes or brackets that are not closed.
    """
    return tuple(_words(line))


def _words(line: str) -> Iterator[Word]:
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        if line[at] == "#":
            return
        end = _end_of_word(line, at)
        yield Word(text=_unquoted(line[at:end]), start=at, end=end)
        at = end


def _end_of_word(line: str, start: int) -> int:
    if line[start] == "{":
        return _end_of_json(line, start)
    if line[start] == "[":
        end = line.find("]", start)
        if end < 0:
            raise ValueError('"[" is not closed by "]"')
        return end + 1
    match = _WORD.match(line, start)
    end = match.end() if match else start
    if line[end : end + 1] == '"':
        raise ValueError('a quote (") is not closed')
    return end


def _end_of_json(line: str, start: int) -> int:
    depth, at, sign = 0, start, _QUOTE_OR_BRACE
    while match := sign.search(line, at):
        at = match.end()
        if match[0] != '"':
            depth += 1 if match[0] == "{" else -1
        elif (end := _end_of_string(line, at)) is not None:
            at = end
        else:  # then no string that begins later is closed either
            sign = _BRACE
        if depth == 0:
            return at
    raise ValueError('"{" is not closed by "}"')


def _end_of_string(line: str, start: int) -> int | None:
    """Behind the quote that closes a string whose text begins at `start`; None where none does."""
    end = line.find('"', start)
    while end >= 0:
        escapes = end
        while line[escapes - 1] == "\\":
            escapes -= 1
        if (end - escapes) % 2 == 0:
            return end + 1
        end = line.find('"', end + 1)
    return None


def _unquoted(raw: str) -> str:
    if raw[0] in "{[":
        return raw
    return _QUOTED.sub(lambda match: _ESCAPED.sub(r"\1", match[1]), raw)
