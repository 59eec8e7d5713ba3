"""From what a test holds of its application to a target that a clean process can find.

Rule: the application is loaded again, in a process where no test has run; an object that cannot be found there
under a name is refused, never guessed.
"""

from __future__ import annotations

import ast
import functools
import inspect
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from simulator.errors import UsageError

_FACTORIES = ("create_app", "make_app")


def target_of(app: object, root: Path) -> str:
    """The target of a string, a path, a module, an application, a factory, or a factory with its arguments
    (`functools.partial`). Files are named as seen from `root`. Raises UsageError.
    """
    if isinstance(app, str | os.PathLike):
        return os.fspath(app) if isinstance(app, str) else str(os.fspath(app))
    if isinstance(app, ModuleType):
        return _place_of(app, root)
    if isinstance(app, functools.partial):
        return f"{_name_of(app.func, root)}({_arguments(app)})"
    return _name_of(app, root)


def _name_of(thing: object, root: Path) -> str:
    homes = sorted(_homes(thing), key=lambda home: (home[0].__name__ != _own_module(thing), home[0].__name__, home[1]))
    if not homes:
        raise _unnamed(thing)
    module, name = homes[0]
    return f"{_place_of(module, root)}:{name}"


def _homes(thing: object) -> Iterator[tuple[ModuleType, str]]:
    """The modules that hold `thing`, and the name under which they do."""
    for module in tuple(sys.modules.values()):
        if getattr(module, "__file__", None) and isinstance(module, ModuleType):
            yield from ((module, name) for name, value in tuple(vars(module).items()) if value is thing)


def _own_module(thing: object) -> str | None:
    """Where the thing says that it was made: Flask's `import_name`, a function's `__module__`."""
    said = getattr(thing, "import_name", None)
    return said if isinstance(said, str) else getattr(thing, "__module__", None)


def _place_of(module: ModuleType, root: Path) -> str:
    """Its file where that is the project's own, for test modules have no name that others could import."""
    file = Path(module.__file__ or "")
    is_own = file.is_relative_to(root) and not {"site-packages", "dist-packages"} & set(file.parts)
    return str(file.relative_to(root)) if is_own else module.__name__


def _arguments(made: functools.partial[Any]) -> str:
    words = [_literal(value) for value in made.args]
    return ", ".join([*words, *(f"{name}={_literal(value)}" for name, value in made.keywords.items())])


def _literal(value: object) -> str:
    text = repr(value)
    try:
        if ast.literal_eval(text) == value:
            return text
    except (ValueError, SyntaxError):
        pass
    raise UsageError(
        f"a clean process cannot be given the argument {text}",
        do=("Arguments of a factory are plain values: texts (str(path)), numbers, lists, dictionaries.",),
    )


def _unnamed(thing: object) -> UsageError:
    if inspect.isroutine(thing):
        what = f"the function {getattr(thing, '__qualname__', thing)} is inside of another one"
        do = ["Move it to the module's level, or name what it calls: partial(create_app, ...)"]
    else:
        what = f"this {type(thing).__name__} object was made inside of a fixture or test"
        do = [f'Name what makes it: multiworker("{_likely_factory(thing)}")']
    return UsageError(
        f"{what}, where a clean process cannot find it",
        do=(*do, "With arguments of your own: multiworker(functools.partial(create_app, {...}))"),
    )


def _likely_factory(thing: object) -> str:
    name = _own_module(thing) or ""
    own = vars(sys.modules[name]) if name in sys.modules and hasattr(thing, "import_name") else {}
    factory = next((one for one in _FACTORIES if callable(own.get(one))), _FACTORIES[0])
    return f"{name if own else 'package.module'}:{factory}()"
