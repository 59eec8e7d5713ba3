"""Known tokens: which key and whose data each written value belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from simulator.errors import RecordError
from simulator.events import Effect
from simulator.history.exchanges import Run
from simulator.history.operation import WORLD
from simulator.story.keys import Key

_NOTHING: frozenset[str] = frozenset()


class Known:
    """The tokens of a run by key, and by variable (a private key is one variable for each owner)."""

    def __init__(self, run: Run, keys: Mapping[str, Key]) -> None:
        self._keys = keys
        self._of_key: defaultdict[str, set[str]] = defaultdict(set)
        self._of_variable: defaultdict[tuple[str, str | None], set[str]] = defaultdict(set)
        for user, effect in _effects(run):
            if isinstance(effect.value, str):
                self._of_key[effect.key].add(effect.value)
                self._of_variable[self._variable(effect.key, effect.of or user)].add(effect.value)

    def of_key(self, key: str) -> set[str] | frozenset[str]:
        """All values of a key, whoever they belong to."""
        return self._of_key.get(key, _NOTHING)

    def of_variable(self, key: str, of: str) -> set[str] | frozenset[str]:
        """The values of one variable: those of `of` where the key is private, else all."""
        return self._of_variable.get(self._variable(key, of), _NOTHING)

    @property
    def all(self) -> set[str]:
        """The values of all keys."""
        return set().union(*self._of_key.values())

    def _variable(self, key: str, of: str) -> tuple[str, str | None]:
        return (key, of if self._keys[key].is_private else None)


def keys_of(run: Run) -> dict[str, Key]:
    """The declared keys; one that is only used is private items, as in a story without keys. Raises RecordError."""
    try:
        keys = {key.name: key for key in map(Key.from_plain, run.started.keys)}
    except (TypeError, ValueError) as error:
        raise RecordError(
            f"the keys of run {run.started.run} are not as this workersim writes them ({error})"
        ) from None
    for _, effect in _effects(run):
        keys.setdefault(effect.key, Key(name=effect.key))
    return keys


def _effects(run: Run) -> Iterator[tuple[str, Effect]]:
    """All effects with the user who declared them."""
    for exchange in run.exchanges:
        for effect in exchange.sent.effects:
            yield exchange.sent.user, effect
    for change in run.outside:
        for effect in change.effects:
            yield WORLD, effect
