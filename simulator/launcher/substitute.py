"""Puts other functions in the place of those of the standard library, wherever a module already took hold of them."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any


def substitute(replacements: Mapping[Any, Any]) -> None:
    """Replace each key (a function) by its value in all modules that are loaded (`from time import time`)."""
    by_identity = {id(old): new for old, new in replacements.items()}
    for name, module in list(sys.modules.items()):
        if type(module) is not ModuleType or name.startswith("simulator."):
            continue
        names = vars(module)
        if by_identity.keys().isdisjoint(map(id, names.values())):  # nearly all: some 20,000 names in all
            continue
        for attribute, value in list(names.items()):
            if (new := by_identity.get(id(value))) is not None:
                names[attribute] = new


def substitute_method(kind: type, name: str, method: Any) -> bool:
    """Replace a method of a class that is written in C, where `setattr` is refused; whether that was possible.

    The class itself stays, so that `isinstance`, `type(x) is` and code in C know its objects as before.
    """
    (names,) = (held for held in gc.get_referents(vars(kind)) if type(held) is dict)
    names[name] = method
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(kind))
    return bool(getattr(kind, name) == method.__get__(None, kind))
