"""Keys: the pieces of data that a story declares, and what is expected of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class KeyKind(StrEnum):
    """What shape the data has."""

    ITEMS = "items"
    LIST = "list"
    REGISTER = "register"
    COUNTER = "counter"
    DOCUMENT = "document"


class Scope(StrEnum):
    """Whose data it is: each user's own, or everyone's."""

    PRIVATE = "private"
    SHARED = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One piece of data and the author's intent for it.

    `fresh_s` is how old an answer may be, in seconds (0: every request sees the newest value);
    `constant_per_load` is the freshness "load": read once per load on purpose. `unique`: every written value
    is a fresh token. `closed`: only recorded operations change it. `volatile`: it may vanish at a reload.
    `cas`: a save over a changed base must be refused. `initial` is the value at the start (registers,
    counters).
    """

    name: str
    kind: KeyKind = KeyKind.ITEMS
    scope: Scope = Scope.PRIVATE
    fresh_s: float = 0.0
    constant_per_load: bool = False
    unique: bool = True
    closed: bool = True
    volatile: bool = False
    cas: bool = False
    initial: str | int | None = None

    @property
    def is_private(self) -> bool:
        return self.scope is Scope.PRIVATE

    def __getitem__(self, value: str | int) -> Reference:
        """`cart[item]`: one value of this key, for the declarations of a request (`adds=cart[item]`)."""
        return Reference(key=self, value=value)

    __iter__ = None
    """A key is no sequence, although it can be indexed."""

    def plain(self) -> dict[str, Any]:
        """The declaration as plain values, for the record."""
        return {name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(self).items()}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Key:
        """The inverse of `plain`. Raises ValueError or TypeError for what is not a declaration."""
        values = dict(plain)
        values["kind"] = KeyKind(values.get("kind", KeyKind.ITEMS))
        values["scope"] = Scope(values.get("scope", Scope.PRIVATE))
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A value of a key: what a request says that it adds, removes, writes, increments by or shares."""

    key: Key
    value: str | int
