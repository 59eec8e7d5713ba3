"""What a view reads out of a request: the fields of its form or JSON body, as far as its signature or source says.

A guess for somebody's first story, never a judgement: what cannot be seen is left out. Runs nothing of the view.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias, get_type_hints

from simulator.launcher.frameworks import Route

Field: TypeAlias = tuple[str, str, bool]
"""Where it is ("form", "json" or "query"), its name, and whether any text will do."""

_READ: Final = re.compile(
    r"\b(form|POST|json|get_json\([^)]*\))\s*(?:\[\s*|\.get(?:list|one)?\(\s*)[\"']([\w.-]+)[\"'](?=([^\n]*))"
)
_FORM_CLASS: Final = re.compile(r"\b(\w+)\(\s*(?:data\s*=\s*)?request\.POST\b")
_NUMBER: Final = re.compile(r"\b(?:int|float|Decimal)\(\s*[\w.]*$")
_WRITING: Final = ("post", "put", "patch")


def fields_of(routes: Iterable[Route]) -> dict[str, list[Field]]:
    """The fields of each address whose view reads any, each once, in the order in which they are read."""
    found: dict[str, list[Field]] = {}
    for path, methods, view in routes:
        named = {name.upper() for name in methods}
        if not named or named & {"POST", "PUT", "PATCH"}:
            for function in _functions(view):
                found.setdefault(path, []).extend((*_by_signature(function), *_by_source(function)))
    return {path: list({one[1]: one for one in fields}.values()) for path, fields in found.items() if fields}


def _functions(view: Any) -> Iterator[Callable[..., Any]]:
    """The function that answers, or the methods of a view class that do."""
    owner = getattr(view, "view_class", None)
    if owner is None:
        yield inspect.unwrap(view)
        return
    yield from (inspect.unwrap(getattr(owner, name)) for name in _WRITING if hasattr(owner, name))


def _by_signature(function: Callable[..., Any]) -> Iterator[Field]:
    """FastAPI's parameters: form fields, the fields of a model, and plain values, which come with the address."""
    try:
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters
    except Exception:  # an annotation of the person's that cannot be evaluated
        return
    for name, parameter in parameters.items():
        hint = hints.get(name)
        extras = (parameter.default, *getattr(hint, "__metadata__", ()))
        plain = getattr(hint, "__origin__", hint)
        if model := getattr(plain, "model_fields", None):
            yield from (("json", field, one.annotation is str) for field, one in model.items() if one.is_required())
        elif any(type(extra).__name__ == "Form" for extra in extras):
            yield "form", name, plain is str
        elif plain is str and parameter.default is inspect.Parameter.empty:
            yield "query", name, True


def _by_source(function: Callable[..., Any]) -> Iterator[Field]:
    """`request.form["title"]`, `request.POST.get("title")`, `request.json["title"]`, and Django's form classes."""
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        return
    for match in _READ.finditer(source):
        before = source[: match.start()].rpartition("\n")[2].removesuffix("request.")
        is_text = not _NUMBER.search(before) and "type=int" not in match[3].partition(")")[0]
        yield "form" if match[1] in ("form", "POST") else "json", match[2], is_text
    for name in _FORM_CLASS.findall(source):
        fields = getattr(getattr(function, "__globals__", {}).get(name), "base_fields", {})
        yield from (("form", field, type(one).__name__ == "CharField") for field, one in fields.items() if one.required)
