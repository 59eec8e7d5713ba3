"""The record: events as JSON Lines, one event a line, and back.

Form: the first line is the header, `{"v":1,"type":"header",...}`; then `{"type":"response_received","t":0.0031,
"step":2,"status":200,...}`. Bytes are text where they are UTF-8, else `{"base64":"..."}`. Lines are ASCII, so no
character of an answer can end one.

Rule: `decode(encode(event)) == event`, and what was written before a process was killed can be read: a last
line without its end is reported (`Record.cut`), any other damage raises RecordError with the line.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, asdict, dataclass, fields
from operator import attrgetter
from typing import Any, TypeVar, get_type_hints

from simulator import events
from simulator.errors import RecordError
from simulator.events import Effect, Event
from simulator.history.operation import Kind
from simulator.history.shape import Shape, is_of, shape

VERSION = 1
_T = TypeVar("_T")
encode_value = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_EFFECT_NAMES = tuple(f.name for f in fields(Effect))
_EFFECT_DEFAULTS = tuple(None if f.default is MISSING else f.default for f in fields(Effect))
_KINDS = frozenset(Kind)
_effect_values = attrgetter(*_EFFECT_NAMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line: what was run, by which version, and the story (its text, where it has one)."""

    workersim: str
    python: str
    app: str
    load: str = "once"
    workers: int = 0
    order: str = ""
    story: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a file holds. `cut` is the last line if its end was never written (the process was killed), else None."""

    header: Header
    events: tuple[Event, ...]
    cut: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Codec:
    """How one type of event is written and read."""

    name: str
    type: type[Event]
    names: tuple[str, ...]
    values: Callable[[Event], tuple[Any, ...]]
    shapes: dict[str, Shape]
    bytes_field: str | None
    has_effects: bool


def _codec(kind: type[Event]) -> _Codec:
    hints = get_type_hints(kind)
    names = tuple(f.name for f in fields(kind))
    return _Codec(
        name=re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(),
        type=kind,
        names=("type", *names),
        values=attrgetter(*names),
        shapes={name: shape(hints[name]) for name in names},
        bytes_field=next((name for name in names if hints[name] is bytes), None),
        has_effects="effects" in names,
    )


_BY_TYPE = {
    kind: _codec(kind)
    for kind in vars(events).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
_BY_NAME = {codec.name: codec for codec in _BY_TYPE.values()}
_EFFECT_SHAPES = {name: shape(hint) for name, hint in get_type_hints(Effect).items()}


def encode_header(header: Header) -> str:
    """The first line, without its newline."""
    return encode_value({"v": VERSION, "type": "header", **asdict(header)})


def encode(event: Event) -> str:
    """One line, without its newline."""
    codec = _BY_TYPE[type(event)]
    plain = dict(zip(codec.names, (codec.name, *codec.values(event)), strict=True))
    if codec.bytes_field:
        plain[codec.bytes_field] = plain_body(plain[codec.bytes_field])
    if codec.has_effects:
        plain["effects"] = [plain_effect(effect) for effect in plain["effects"]]
    return encode_value(plain)


def decode(line: str) -> Event:
    """The event of a line. Raises RecordError, with the reason, for anything that `encode` does not write."""
    return _event(_object(line))


def read(lines: Iterable[str] | Iterable[bytes]) -> Record:
    """A whole record. Raises RecordError, naming the line, for damage other than a last line that was cut."""
    numbered = enumerate(
        (line if isinstance(line, str) else line.decode("utf-8", "replace") for line in lines), start=1
    )
    header: Header | None = None
    found: list[Event] = []
    for number, line in numbered:
        try:
            plain = _object(line)
        except RecordError as error:
            if line.endswith("\n") or header is None or next(numbered, None) is not None:
                raise _on_line(number, line, error) from None
            return Record(header=header, events=tuple(found), cut=line)
        try:
            if header is None:
                header = _header(plain)
            else:
                found.append(_event(plain))
        except RecordError as error:
            raise _on_line(number, line, error) from None
    if header is None:
        raise RecordError("the record is empty", do=("Nothing was written to it; run again.",))
    return Record(header=header, events=tuple(found))


def _on_line(number: int, line: str, error: RecordError) -> RecordError:
    start = line.strip()
    return RecordError(
        f"line {number} of the record: {error.what}", why=(start if len(start) <= 200 else start[:200] + " ...",)
    )


def _object(line: str) -> dict[str, Any]:
    try:
        plain = json.loads(line)
    except ValueError as error:
        raise RecordError(f"it is not JSON ({error})") from None
    if not isinstance(plain, dict):
        raise RecordError("it is not a JSON object")
    return plain


def _header(plain: dict[str, Any]) -> Header:
    if plain.pop("type", None) != "header":
        raise RecordError("a record begins with its header")
    version = plain.pop("v", None)
    if version != VERSION:
        raise RecordError(f"it is of version {version}; this workersim reads version {VERSION}")
    return _built(Header, plain)


def _event(plain: dict[str, Any]) -> Event:
    codec = _BY_NAME.get(str(plain.pop("type", None)))
    if codec is None:
        raise RecordError("it is no event that this workersim knows")
    if codec.bytes_field in plain:
        plain[codec.bytes_field] = _bytes(plain[codec.bytes_field])
    if codec.has_effects and isinstance(plain.get("effects"), list):
        plain["effects"] = tuple(_effects(plain["effects"]))
    for name, value in plain.items():
        if isinstance(value, list):
            plain[name] = value = _tuples(value)
        if name in codec.shapes and not is_of(value, codec.shapes[name]):
            raise RecordError(f'"{name}" of {codec.name} is not what it should be')
    return _built(codec.type, plain)


def _effects(plain: list[Any]) -> Iterator[Effect]:
    for one in plain:
        if not isinstance(one, dict) or not all(
            is_of(value, _EFFECT_SHAPES[name]) for name, value in one.items() if name in _EFFECT_SHAPES
        ):
            raise RecordError("an effect is not what it should be")
        if one.get("kind") not in _KINDS:
            raise RecordError(f"an effect is of no known kind ({one.get('kind')})")
        yield _built(Effect, one)


def _built(kind: type[_T], plain: dict[str, Any]) -> _T:
    try:
        return kind(**plain)
    except TypeError as error:
        raise RecordError(str(error).replace("__init__()", "", 1)) from None


def plain_effect(effect: Effect) -> dict[str, Any]:
    """An effect as it is written: what differs from the defaults."""
    values = zip(_EFFECT_NAMES, _effect_values(effect), _EFFECT_DEFAULTS, strict=True)
    return {name: value for name, value, default in values if value != default}


def plain_body(data: bytes) -> str | dict[str, str]:
    """A body as it is written: text, or base64 where it is none."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(data).decode()}


def _bytes(plain: Any) -> bytes:
    if isinstance(plain, str):
        return plain.encode("utf-8", "surrogatepass")
    try:
        return b64decode(plain["base64"], validate=True)
    except (KeyError, TypeError, ValueError):
        raise RecordError("its body is neither text nor base64") from None


def _tuples(value: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuples(one) if isinstance(one, list) else one for one in value)
