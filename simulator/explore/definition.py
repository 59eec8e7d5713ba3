"""Where a variable is defined, from the text of the application's modules; and what a person calls it.

A path (`launcher.walk`) names a place in memory: `shop.Cart.items`, `shop.add(to)`, `shop.make.<locals>.count`,
`shop.app.config['ITEMS']`. Rule: of several lines that could be meant, none is named, unless they are in the
class or function that the path names; then the first is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

_PART = re.compile(
    r"\.?(?P<name>[^\W\d]\w*|<locals>)|\[(?P<quote>['\"])(?P<key>.*?)(?P=quote)\]|\[[^\]]*\]|\((?P<inside>.*)\)|#\d+"
)
_KEY_OF_TYPE = re.compile(r"\[<\w+>\]")
_CONTEXT = "context variable "
_LOCMEM = "django.core.cache.caches ("
_DEFS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOCALS = "<locals>"
CACHE, DEFAULT, CLOSURE = "cache", "default argument", "closure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A path taken apart. `module` is one of the application's ("" for others'); `parts` are names and keys.

    `call` is what stands in parentheses: a default argument's name, or the arguments of a cached call.
    """

    path: str
    kind: str
    module: str
    parts: tuple[str, ...]
    call: str | None = None

    @property
    def function(self) -> str:
        """The qualified name of the function that the path goes through, "" for none."""
        if self.call is not None and (self.kind == DEFAULT or self.is_call):
            return ".".join(self.parts)
        if _LOCALS in self.parts:
            return ".".join(self.parts[: _last(self.parts, _LOCALS)])
        return ""

    @property
    def is_call(self) -> bool:
        """Is it what a cached function remembers?"""
        return self.kind == CACHE and self.call is not None and bool(self.module)

    @property
    def title(self) -> str:
        """As a person calls it."""
        if self.path.startswith(_CONTEXT):
            return self.parts[-1] if self.module else self.path
        if self.kind == DEFAULT and self.call is not None:
            return self.call
        if self.kind == CLOSURE:
            return self.parts[-1]
        return self.path.removeprefix(f"{self.module}.") if self.module else self.path

    @property
    def names(self) -> tuple[str, ...]:
        """What a line that reads it mentions, the surest first."""
        if self.path.startswith(_LOCMEM):
            return ("cache", "caches")
        if self.kind == DEFAULT and self.call is not None:
            return (self.call,)
        if self.is_call:
            return self.parts[-1:]
        parts = self.parts[-1:] if self.kind == CLOSURE else tuple(reversed(self.parts))
        return tuple(dict.fromkeys(part for part in parts if part != _LOCALS))


def named(path: str, kind: str, modules: Mapping[str, str]) -> Named:
    """`modules` are the application's own."""
    inner = path.removeprefix(_CONTEXT)
    own = [name for name in modules if inner.startswith(f"{name}.")]
    module = max(own, key=len, default="")
    parts: list[str] = []
    call: str | None = None
    for match in _PART.finditer(inner.removeprefix(f"{module}.") if module else inner):
        if match["inside"] is not None:
            call = match["inside"]
        elif (part := match["name"] or match["key"]) is not None:
            parts.append(part)
    return Named(path=path, kind=kind, module=module, parts=tuple(parts), call=call)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A line of a module; `function` is the function or class body around it, "" for the module's own level.

    `title` is what the line calls the variable, where the path does not say so.
    """

    module: str
    line: int
    function: str = ""
    title: str = ""


def definition(one: Named, trees: Mapping[str, ast.Module]) -> Definition | None:
    """The line that makes the variable, in the application's modules `trees`; None where that is not clear."""
    if one.function:
        return _in_function(one, trees)
    parts = one.parts if one.module else ()
    if one.kind == CACHE and not _KEY_OF_TYPE.search(one.path) and (owner := _before_private(parts)) != parts:
        found = _bound(one.module, owner, trees)
        return None if found is None else replace(found, title=".".join(owner))
    if (held := _in_class(one.module, parts, trees)) is not None:
        return held
    for length in range(len(parts), max(len(parts) - 2, 0), -1):
        if (found := _bound(one.module, parts[:length], trees)) is not None:
            return found
    if (made := _made(one, trees)) is not None:
        return made
    if len(parts) > 1 and parts[1].startswith("_") and (kept := _bound(one.module, parts[:1], trees)) is not None:
        return replace(kept, title=parts[0])  # `cache._cache['a']` of a library: what it is kept in is its own matter
    found = None if one.module or not one.parts else _assigned(one.parts, trees)
    return found if found is None or not found.function else None  # what a view sets is a change


def _before_private(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Of what a library's cache holds within itself: the cache."""
    private = (at for at, part in enumerate(parts) if at and part.startswith("_") and part != _LOCALS)
    return parts[: next(private, len(parts))]


def _in_function(one: Named, trees: Mapping[str, ast.Module]) -> Definition | None:
    function = _find(trees.get(one.module), one.function.split("."))
    if not isinstance(function, _DEFS):
        return None
    if one.kind != CLOSURE:
        return Definition(module=one.module, line=function.lineno)
    name = one.parts[-1]
    for statement in _own_statements(function):
        if name in _names(statement):
            return Definition(module=one.module, line=statement.lineno, function=function.name)
    return Definition(module=one.module, line=function.lineno)  # one of its arguments


def _in_class(module: str, parts: tuple[str, ...], trees: Mapping[str, ast.Module]) -> Definition | None:
    """A class attribute, or what one holds: the line in the class's body."""
    for length in range(1, len(parts)):
        owner = _find(trees.get(module), list(parts[:length]))
        if isinstance(owner, ast.ClassDef):
            for statement in owner.body:
                if parts[length] in _names(statement):
                    return Definition(module=module, line=statement.lineno, function=owner.name)
    return None


def _bound(module: str, parts: tuple[str, ...], trees: Mapping[str, ast.Module]) -> Definition | None:
    if len(parts) > 1:
        return _of_class(module, parts, trees) or _assigned(parts, trees)
    tree = trees.get(module)
    for statement in _own_statements(tree) if tree is not None else ():
        if parts[0] in _names(statement):
            return Definition(module=module, line=statement.lineno)
    return None


def _of_class(module: str, parts: tuple[str, ...], trees: Mapping[str, ast.Module]) -> Definition | None:
    """`shop.items` where `shop = Shop()`: the line `items = ...` in the body of Shop, or else the first one in its
    methods that sets `self.items`.
    """
    tree = trees.get(module)
    made = next((one for one in _own_statements(tree) if parts[0] in _names(one)), None) if tree else None
    value = made.value if isinstance(made, ast.Assign | ast.AnnAssign) else None
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name)) or len(parts) != 2:
        return None
    found = [
        (name, one) for name, tree in trees.items() if isinstance(one := _find(tree, [value.func.id]), ast.ClassDef)
    ]
    if len(found) != 1:
        return None
    name, owner = found[0]
    assert isinstance(owner, ast.ClassDef)
    lines = [statement.lineno for statement in owner.body if parts[1] in _names(statement)]
    lines = lines or sorted(line for line, texts in _targets(owner) if f"self.{parts[1]}" in texts)
    return Definition(module=name, line=lines[0], function=_around(owner, lines[0])) if lines else None


def _assigned(parts: tuple[str, ...], trees: Mapping[str, ast.Module]) -> Definition | None:
    """The one line that assigns to an attribute or key of this name; the whole path decides between several."""
    lines = [(name, line, texts) for name, tree in trees.items() for line, texts in _targets(tree)]
    names = {".".join(parts), f"{parts[0]}.{parts[-1].lower()}"}  # Flask's config['SECRET_KEY'] is its `secret_key` too
    whole = [one for one in lines if names & one[2]]
    ends = [one for one in lines if any(text.rpartition(".")[2] == parts[-1] and "." in text for text in one[2])]
    own = [one for one in ends if f"self.{parts[-1]}" in one[2]] or ends
    fitting = whole[:1] or (own[:1] if len({_owner(trees[name], line) for name, line, _ in own}) == 1 else [])
    if not fitting:
        return None
    name, line, _ = fitting[0]
    return Definition(module=name, line=line, function=_around(trees[name], line))


def _owner(tree: ast.AST, line: int) -> int:
    """The line of the class around `line`; the line itself where it is in none."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    around = [node.lineno for node in classes if node.lineno < line <= (node.end_lineno or 0)]
    return max(around, default=line)


def _made(one: Named, trees: Mapping[str, ast.Module]) -> Definition | None:
    """A library's object that is a key on the path (`[<Cache>]`): the one line `cache = Cache(...)`."""
    found = [
        Definition(module=name, line=statement.lineno, title=f"{statement.targets[0].id}{one.path.partition(key)[2]}")
        for key in _KEY_OF_TYPE.findall(one.path)
        for name, tree in trees.items()
        for statement in _own_statements(tree)
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Call)
        and _dotted(statement.value.func).rpartition(".")[2] == key[2:-2]
    ]
    return found[0] if len(found) == 1 else None


def _targets(tree: ast.AST) -> Iterator[tuple[int, set[str]]]:
    """Each assignment's line and its targets as dotted text, keys like attributes: `app.config.ITEMS`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield node.lineno, {_dotted(target) for target in node.targets}
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.lineno, {_dotted(node.target)}


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_dotted(value)}.{name}"
        case ast.Subscript(value=value, slice=ast.Constant(value=str(key))):
            return f"{_dotted(value)}.{key}"
    return "?"


def _find(tree: ast.AST | None, names: list[str]) -> ast.AST | None:
    """The class or function of this qualified name."""
    node = tree
    for name in names:
        if name == _LOCALS:
            continue
        held = _own_statements(node) if node is not None else ()
        node = next((one for one in held if isinstance(one, (ast.ClassDef, *_DEFS)) and one.name == name), None)
    return node


def _own_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a body, those in `if`, `with`, `try` and loops too, without those of functions and classes."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, (ast.ClassDef, *_DEFS, ast.expr)):
            yield from _own_statements(child)


def _names(statement: ast.stmt) -> set[str]:
    """What a statement binds."""
    match statement:
        case ast.Assign(targets=targets):
            return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
    return set()


def _around(tree: ast.AST, line: int) -> str:
    """The innermost function or class around a line."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.ClassDef, *_DEFS)) and node.lineno < line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno).name if around else ""


def _last(parts: tuple[str, ...], part: str) -> int:
    return len(parts) - 1 - parts[::-1].index(part)
