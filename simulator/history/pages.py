"""Pages: what an answer shows of a key.

Rule: tokens survive HTML, URL and JSON escaping, so they are looked for in the text as it came. What an answer
does not say for certain is not guessed: it is Unreadable, and no operation comes of it.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import Any

from simulator.events import ResponseReceived
from simulator.story import paths
from simulator.story.keys import Key
from simulator.story.tokens import TOKEN, tokens_in

_HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)
_ENTITY = re.compile(r"&#?\w+;")
_NUMBER = re.compile(r"-?\d{1,3}(?:,\d{3})+(?!\d)|-?\d+")
_ANY_GZIP = 47
"""zlib's window bits for "gzip or zlib, whichever the header says"."""


class Unreadable(Exception):
    """Why an answer does not say what a key's value is."""


class Page:
    """One answer's body. Raises Unreadable for a body that is compressed in a way we do not know."""

    def __init__(self, answer: ResponseReceived) -> None:
        self._body = _plain(answer)

    @cached_property
    def text(self) -> str:
        return self._body.decode("utf-8", "replace")

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """All tokens of the body, in order, with repetitions."""
        return tokens_in(self._body)

    @cached_property
    def document(self) -> Any:
        """The JSON value of the body. Raises Unreadable."""
        try:
            return json.loads(self.text)
        except ValueError:
            raise Unreadable("the answer is not JSON") from None

    @cached_property
    def is_json(self) -> bool:
        try:
            return isinstance(self.document, dict | list)
        except Unreadable:
            return False

    def items(self, path: str, known: Collection[str]) -> tuple[str, ...]:
        """The tokens of `known` at `path`, each once, in order of appearance. Raises Unreadable."""
        return tuple(dict.fromkeys(token for token in self._tokens(path) if token in known))

    def entries(self, path: str, known: Collection[str]) -> tuple[str, ...]:
        """The same for a list, where showing something twice means something.

        In a page (not JSON) a token also stands in links and attributes: only what is visible counts twice.
        """
        if path or self.is_json:
            return tuple(token for token in self._tokens(path) if token in known)
        seen = Counter(tokens_in(_visible(self.text)))
        return tuple(token for token in self.items("", known) for _ in range(seen[token] or 1))

    def value(self, key: Key, path: str, known: Collection[str], own: Collection[str]) -> str | int | None:
        """The one token of a register: of `known`, or of the reader's `own` where there are others too.

        Without a token it is the initial value if the text shows that, else nothing. Raises Unreadable.
        """
        found = self.items(path, known)
        if len(found) > 1:
            found = tuple(token for token in found if token in own)
            if len(found) != 1:
                raise Unreadable(f"several values of {key.name}: say which, with a path (shows {key.name} at PATH)")
        if found:
            return found[0]
        return key.initial if key.initial is not None and str(key.initial) in self._text(path) else None

    def number(self, path: str) -> int:
        """The number at `path`, or the first number of the body. Raises Unreadable."""
        if path:
            return _as_number(self._at(path))
        leaves = tuple(_leaves(self.document)) if self.is_json else (self.text,)
        for leaf in leaves:
            if isinstance(leaf, int | float) and not isinstance(leaf, bool):
                return int(leaf)
        for leaf in leaves:
            if isinstance(leaf, str) and (match := _NUMBER.search(TOKEN.sub(" ", _visible(leaf)))):
                return int(match[0].replace(",", ""))
        raise Unreadable("there is no number in the answer")

    def _at(self, path: str) -> Any:
        try:
            return paths.find(self.document, path)
        except LookupError:
            raise Unreadable(f"the answer has nothing at {path}") from None

    def _text(self, path: str) -> str:
        return self.text if not path else json.dumps(self._at(path), ensure_ascii=False)

    def _tokens(self, path: str) -> tuple[str, ...]:
        return self.tokens if not path else tokens_in(self._text(path))


def _plain(answer: ResponseReceived) -> bytes:
    coding = next((value for name, value in answer.headers if name.lower() == "content-encoding"), "identity")
    if coding.strip().lower() in ("", "identity"):
        return answer.body
    try:
        return zlib.decompress(answer.body, _ANY_GZIP)
    except zlib.error:
        raise Unreadable(f"the answer is compressed ({coding})") from None


def _visible(text: str) -> str:
    """What a person reads of a page; other text stays as it is, roughly."""
    return _ENTITY.sub(" ", _HIDDEN.sub(" ", text)) if "<" in text or "&" in text else text


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _as_number(value: Any) -> int:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return int(value.strip().replace(",", ""))
    raise Unreadable(f"{json.dumps(value, ensure_ascii=False)[:40]} is not a number")
