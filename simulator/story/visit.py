"""From a recorded visit to the text of a story.

Rule: a value counts as written where it is sent for the first time and a page after it shows it; a page is said to
show the data only where it shows all that its user has written and not removed. The rest stays plain requests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from simulator.errors import StoryError
from simulator.story.har import Asked, read_har, texts_in
from simulator.story.story import Story
from simulator.story.tokens import TOKEN

USERS = ("alice", "bob")
KEY = "data"
_LEAST = 3
"""Shorter values are on pages by accident."""

_SECRET = re.compile(r"pass(word|wd|phrase)?\d?|pwd|secret|token", re.IGNORECASE)
_NAMING = re.compile(r"user(_?name)?|login|e-?mail|next|action|submit", re.IGNORECASE)
_HIDDEN = re.compile(r"<input\b[^>]*\btype\s*=\s*[\"']?hidden\b[^>]*>", re.IGNORECASE)
_NAME = re.compile(r"\bname\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))", re.IGNORECASE)
_QUERY = re.compile(r"([?&][^=&]*=)([^&]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`story` has what `requests` requests of the visit do; `left_out` entries are no pages of the application.

    `secrets` are the names of fields in it that look like passwords.
    """

    story: Story
    requests: int
    left_out: int
    secrets: tuple[str, ...] = ()


def visit_of(har: str) -> Visit:
    """The story of a HAR file. Raises StoryError for what is none, or holds no page of an application.

    One browser's visit is told twice, by alice and by bob, unless somebody logs in: two people are not one account.
    """
    asked, left_out = read_har(har)
    if not asked:
        raise StoryError("the visit holds no request for a page of an application")
    users = tuple(dict.fromkeys(one.user for one in asked))
    lines: dict[str, Sequence[str]] = {}
    for user in users:
        name = user if len(users) > 1 else USERS[0]
        lines[name] = _Writing(user=name).lines([one for one in asked if one.user == user])
    secrets = tuple(dict.fromkeys(name for one in asked for name, _ in one.fields if _SECRET.fullmatch(name)))
    if len(users) == 1 and not secrets:
        lines[USERS[1]] = [re.sub(rf"\b{USERS[0]}(?=-\d)", USERS[1], line) for line in lines[USERS[0]]]
    body = [f"{user}: {line}" for user, own in lines.items() for line in own]
    head = [f"{KEY}: private items"] if any(line.endswith(f" {KEY}") for line in body) else []
    story = Story("\n".join([*head, *body]) + "\n")
    return Visit(story=story, requests=sum(not one.followed for one in asked), left_out=left_out, secrets=secrets)


@dataclass(slots=True, kw_only=True)
class _Writing:
    """One user's lines. `values` are what he wrote, in order; `there` those that were not removed."""

    user: str
    values: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)

    def lines(self, asked: Sequence[Asked]) -> list[str]:
        lines = []
        for at, one in enumerate(asked):
            if not one.followed:
                lines.append(self._line(one, asked[:at], asked[at + 1 :]))
            elif self._shows(one) and not any(_same_page(one, other) for other in asked[at + 1 :]):
                lines.append(f"GET {_dollars(one.path)} shows {KEY}")
        return lines

    def _line(self, one: Asked, before: Sequence[Asked], after: Sequence[Asked]) -> str:
        hidden = _hidden_names(before)
        value, hole, verb = self._written(one, hidden, before, after) or self._removed(one, after) or ("", "", "")
        words = [one.method, _in_path(one.path, value, hole)]
        words += [_word(name, hole if value and entry == value else entry) for name, entry in _shown(one, hidden)]
        if one.json is not None:
            words.append(_in_json(one.json, value, hole))
        words += [verb, KEY] if verb else []
        words += ["shows", KEY] if self._shows(one) and not verb else []
        return " ".join(words)

    def _shows(self, one: Asked) -> bool:
        return one.method == "GET" and bool(self.there) and all(value in one.page for value in self.there)

    def _written(
        self, one: Asked, hidden: frozenset[str], before: Sequence[Asked], after: Sequence[Asked]
    ) -> tuple[str, str, str] | None:
        """The longest value that is sent here first and shown afterwards; a field before a part of the address."""
        if one.status >= 400 or any(_SECRET.fullmatch(name) for name, _ in one.fields):
            return None
        seen = [other.page for other in before]
        shown = [other.visible for other in after if not (one.method == "GET" and _same_page(one, other))]
        shown += [one.visible] if one.method != "GET" else []
        for values in (_of_body(one, hidden), _of_address(one)):
            new = [each for each in values if not _is_in(each, seen) and (_is_in(each, shown) or TOKEN.fullmatch(each))]
            if new:
                value = max(new, key=len)
                self.values.append(value)
                self.there.append(value)
                return value, "VALUE", "adds"
        return None

    def _removed(self, one: Asked, after: Sequence[Asked]) -> tuple[str, str, str] | None:
        """A value that is named again where something changes, and is on no page after that."""
        sent = [*_of_body(one, frozenset()), *_of_address(one)]
        for value in self.there if one.status < 400 and any(other.page for other in after) else ():
            if value in sent and not _is_in(value, [other.page for other in after]):
                self.there.remove(value)
                return value, f"{self.user}-{self.values.index(value) + 1}", "removes"
        return None


def _same_page(one: Asked, other: Asked) -> bool:
    return other.method == "GET" and one.path == other.path


def _is_in(value: str, pages: Iterable[str]) -> bool:
    return any(value in page for page in pages)


def _of_body(one: Asked, hidden: frozenset[str]) -> list[str]:
    """The values of the form or the JSON body that may be somebody's data."""
    values = [value for name, value in _shown(one, hidden) if not _NAMING.fullmatch(name)]
    values += texts_in(json.loads(one.json)) if one.json is not None else []
    return [value for value in values if _may_be_data(value)]


def _of_address(one: Asked) -> list[str]:
    """The parts of the address, but not the first, which names what the application does."""
    path, _, query = one.path.partition("?")
    values = [*map(unquote_plus, path.split("/")[2:]), *(value for _, value in parse_qsl(query))]
    return [value for value in values if _may_be_data(value)]


def _may_be_data(value: str) -> bool:
    return len(value) >= _LEAST and not value.isdigit()


def _shown(one: Asked, hidden: frozenset[str]) -> list[tuple[str, str]]:
    """The fields that a story has to name: the page's own hidden ones go along by themselves."""
    return [(name, value) for name, value in one.fields if name not in hidden]


def _hidden_names(before: Iterable[Asked]) -> frozenset[str]:
    named = (_NAME.search(found) for one in before for found in _HIDDEN.findall(one.page))
    return frozenset(name for match in named if match for name in match.groups() if name)


def _in_path(path: str, value: str, hole: str) -> str:
    """The address with `hole` where `value` stands."""
    if not value:
        return _dollars(path)
    place, mark, query = path.partition("?")
    parts = [hole if unquote_plus(part) == value else part for part in place.split("/")]
    rest = _QUERY.sub(lambda match: match[1] + (hole if unquote_plus(match[2]) == value else match[2]), mark + query)
    return "/".join(map(_dollars, parts)) + _dollars(rest)


def _in_json(text: str, value: str, hole: str) -> str:
    text = _dollars(text)
    return text.replace(json.dumps(_dollars(value), ensure_ascii=False), f'"{hole}"') if value else text


def _word(name: str, value: str) -> str:
    """A form field; in quotes where it has to be. A line of a story has no line feeds."""
    text = _dollars(" ".join(value.splitlines()))
    if text and not re.search(r"[\s\"\\#]", text):
        return f"{name}={text}"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{escaped}"'


def _dollars(text: str) -> str:
    return text.replace("$", "$$")
