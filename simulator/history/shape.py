"""Shapes: does a plain value look like what a field's type says? (The part of type checking that a record needs.)"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, TypeAlias, Union, get_args, get_origin

Shape: TypeAlias = tuple[tuple[type, ...], "Shape | None"]
"""Allowed types of the value, and the shape of its parts where it is a tuple."""


def shape(hint: Any) -> Shape:
    """The shape of a type such as `int | None` or `tuple[str, ...]`."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        shapes = [shape(one) for one in inner]
        parts = next((part for _, part in shapes if part), None)
        return tuple(kind for kinds, _ in shapes for kind in kinds), parts
    if origin is tuple:
        return (tuple,), shape(inner[0])
    if origin is Mapping:
        return (dict,), None
    return ((int, float) if hint is float else (hint,)), None


def is_of(value: Any, wanted: Shape) -> bool:
    """Is `value` of this shape? A truth value is no number."""
    kinds, parts = wanted
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        return False
    return parts is None or not isinstance(value, tuple) or all(is_of(one, parts) for one in value)
