"""The file form of a history: JSON Lines, one operation or answer a line (docs/history-format.md).

Form: the first line is the header, `{"v":1,"type":"history","keys":[...]}`; then lines of type "operation",
"answer", "load" and "label". Fields that hold their default are left out.

Rule: operations and answers stand in order of their beginning, on one clock, and none ends before it begins.
`read(write(history)) == history`. A line that breaks the form raises RecordError with its number and the
reason, and the reader can go on with the next.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, NamedTuple, NoReturn, TypeAlias, TypeVar, get_type_hints

from simulator.errors import RecordError
from simulator.history.operation import Answer, History, Kind, Load, Operation, Outcome
from simulator.history.shape import Shape, is_of, shape
from simulator.story.keys import Key

VERSION = 1
SHOWN_OF_A_BAD_LINE = 120
_T = TypeVar("_T")
_write = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryHeader:
    """The first line: the declared keys by name, and how many workers there were (0: those that are named)."""

    keys: Mapping[str, Key]
    workers: int = 0


class NumberedLoad(NamedTuple):
    """A line of type "load"."""

    number: int
    load: Load


class Label(NamedTuple):
    """A line of type "label": the name by which reports show a token."""

    token: str
    label: str


Entry: TypeAlias = HistoryHeader | NumberedLoad | Label | Operation | Answer


class _Bad(Exception):
    """Why a line cannot be read."""


def write(history: History) -> Iterator[str]:
    """The lines of a history, without their newlines."""
    keys = [_without_defaults(key.plain(), Key) for key in history.keys.values()]
    yield _write({"v": VERSION, "type": "history", "workers": history.workers, "keys": keys})
    for token, label in history.labels.items():
        yield _write({"type": "label", "token": token, "label": label})
    for number, load in history.loads.items():
        yield _write({"type": "load", "load": number, "began": load.began, "ended": load.ended})
    entries: list[Operation | Answer] = [*history.operations, *history.answers]
    yield from (encode(entry) for entry in sorted(entries, key=lambda entry: entry.began))


def encode(entry: Operation | Answer) -> str:
    """One line, without its newline."""
    kind = type(entry)
    plain = {name: getattr(entry, name) for name in _NAMES[kind]}
    if isinstance(entry, Operation) and entry.of == entry.user:
        del plain["of"]
    return _write({"type": kind.__name__.lower(), **_without_defaults(plain, kind)})


def read(lines: Iterable[str]) -> History:
    """A whole history. Raises RecordError at the first line that breaks the form."""
    reader, header = Reader(), HistoryHeader(keys={})
    loads: dict[int, Load] = {}
    labels: dict[str, str] = {}
    operations: list[Operation] = []
    answers: list[Answer] = []
    for line in lines:
        match reader.take(line):
            case HistoryHeader() as header:
                pass
            case NumberedLoad(number, load):
                loads[number] = load
            case Label(token, label):
                labels[token] = label
            case Operation() as operation:
                operations.append(operation)
            case Answer() as answer:
                answers.append(answer)
    reader.close()
    return History(
        keys=header.keys,
        operations=tuple(operations),
        answers=tuple(answers),
        loads=loads,
        labels=labels,
        workers=header.workers,
    )


class Reader:
    """Takes one line after another; after a RecordError it can go on with the next line."""

    def __init__(self) -> None:
        self.line = 0
        self._header: HistoryHeader | None = None
        self._latest = -math.inf

    def take(self, line: str) -> Entry:
        """What the line says. Raises RecordError, one line of text that names the line and the reason."""
        self.line += 1
        try:
            plain = _object(line)
            if self._header is None:
                self._header = _header(plain)
                return self._header
            return self._entry(plain)
        except _Bad as bad:
            start = line.strip()
            short = start if len(start) <= SHOWN_OF_A_BAD_LINE else start[:SHOWN_OF_A_BAD_LINE] + " ..."
            raise RecordError(f"line {self.line} of the history: {bad}", why=(short,) if short else ()) from None

    def close(self) -> None:
        """To be called after the last line: raises RecordError if there was no header."""
        if self._header is None:
            raise RecordError("the history is empty", do=("Its first line has to be the header.",))

    def _entry(self, plain: dict[str, Any]) -> Entry:
        kind = plain.pop("type", None)
        make = _MAKERS.get(kind) if isinstance(kind, str) else None
        if make is None:
            _bad(f"its type is {kind!r}, not operation, answer, load or label")
        entry = make(plain)
        if isinstance(entry, Operation | Answer):
            self._check(entry)
        return entry

    def _check(self, entry: Operation | Answer) -> None:
        assert self._header is not None
        if isinstance(entry, Operation) and entry.key not in self._header.keys:
            _bad(f'the header declares no key "{entry.key}"')
        if not (math.isfinite(entry.began) and math.isfinite(entry.ended)):
            _bad("its times are no finite numbers")
        if entry.ended < entry.began:
            _bad(f"the answer ({entry.ended}) comes before the request ({entry.began})")
        if entry.began < self._latest:
            _bad(f"time runs backwards: it begins at {entry.began}, a line before it at {self._latest}")
        self._latest = entry.began


def _bad(why: str) -> NoReturn:
    raise _Bad(why)


def _object(line: str) -> dict[str, Any]:
    try:
        plain = _read(line.rstrip("\r\n"))
    except json.JSONDecodeError as error:
        _bad(f"it is not JSON ({error.msg})" if line.endswith("\n") else "it is cut, the end is missing")
    if not isinstance(plain, dict):
        _bad("it is not a JSON object")
    return plain


def _header(plain: dict[str, Any]) -> HistoryHeader:
    if plain.get("type") != "history":
        _bad('it is not the header of a history, {"v":1,"type":"history",...}')
    if plain.get("v") != VERSION:
        _bad(f"it is of version {plain.get('v')}; this workersim reads version {VERSION}")
    keys, workers = plain.get("keys"), plain.get("workers", 0)
    if not isinstance(keys, list) or not isinstance(workers, int):
        _bad('"keys" has to be a list, "workers" a number')
    try:
        declared = [Key.from_plain(key) for key in keys]
    except (TypeError, ValueError, AttributeError) as error:
        _bad(f"a key is not what it should be ({error})")
    return HistoryHeader(keys={key.name: key for key in declared}, workers=workers)


def _operation(plain: dict[str, Any]) -> Operation:
    if "user" in plain:
        plain.setdefault("of", plain["user"])
    plain.setdefault("value", None)
    try:
        plain["kind"] = Kind(str(plain.get("kind")))
        plain["outcome"] = Outcome(plain.get("outcome", "ok"))
    except ValueError as error:
        _bad(str(error))
    if plain["outcome"] is Outcome.INFO:
        plain.setdefault("ended", plain.get("began"))
    return _built(Operation, plain)


def _answer(plain: dict[str, Any]) -> Answer:
    plain.setdefault("worker", None)
    plain.setdefault("step", 0)
    return _built(Answer, plain)


def _load(plain: dict[str, Any]) -> NumberedLoad:
    number = plain.pop("load", None)
    if not isinstance(number, int):
        _bad('"load" has to be a number')
    return NumberedLoad(number, _built(Load, plain))


def _label(plain: dict[str, Any]) -> Label:
    token, label = plain.get("token"), plain.get("label")
    if not isinstance(token, str) or not isinstance(label, str):
        _bad('a label needs "token" and "label"')
    return Label(token, label)


def _built(kind: type[_T], plain: dict[str, Any]) -> _T:
    shapes = _SHAPES[kind]
    if isinstance(plain.get("worker"), int):
        plain["worker"] = [plain["worker"], 0]
    for name, value in plain.items():
        wanted = shapes.get(name)
        if wanted is None:
            _bad(f'it has a field "{name}" that is not known')
        if isinstance(value, list):
            plain[name] = value = tuple(value)
        elif type(value) in wanted[0]:
            continue
        if not is_of(value, wanted) or (name == "worker" and value is not None and len(value) != 2):
            _bad(f'"{name}" is not what it should be')
    missing = next((name for name in _NEEDED[kind] if name not in plain), None)
    if missing:
        _bad(f'"{missing}" is missing')
    return kind(**plain)


def _without_defaults(plain: Mapping[str, Any], kind: type[Any]) -> dict[str, Any]:
    defaults = _DEFAULTS[kind]
    return {name: value for name, value in plain.items() if name not in defaults or value != defaults[name]}


_read = json.JSONDecoder(parse_constant=lambda name: _bad(f"{name} is no number")).decode
_KINDS = (Operation, Answer, Load, Key)
_NAMES: Mapping[type[Any], tuple[str, ...]] = {kind: tuple(f.name for f in fields(kind)) for kind in _KINDS}
_DEFAULTS: Mapping[type[Any], Mapping[str, Any]] = {
    kind: {f.name: f.default for f in fields(kind) if f.default is not MISSING} for kind in _KINDS
}
_NEEDED: Mapping[type[Any], tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(kind) if f.default is MISSING) for kind in _KINDS
}
_SHAPES: Mapping[type[Any], Mapping[str, Shape]] = {
    kind: {name: shape(hint) for name, hint in get_type_hints(kind).items()} for kind in _KINDS
}
_MAKERS: Mapping[str, Callable[[dict[str, Any]], Entry]] = {
    "operation": _operation,
    "answer": _answer,
    "load": _load,
    "label": _label,
}
