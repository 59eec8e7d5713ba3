"""What frameworks note down for themselves, and where looking further is of no use.

Everything here was found by measuring: an application that keeps nothing serves some requests, and what has
changed in its libraries afterwards is no state of the application. To leave something out that matters would make
two workers look alike that are not; what is wrongly left in costs time only. So the lists name exact places.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

_BOUNDS: Final = frozenset(
    {
        "_frozen_importlib",
        "_frozen_importlib_external",
        "_weakref",
        "abc",
        "anyio",
        "ast",
        "asyncio",
        "concurrent",
        "ctypes",
        "enum",
        "importlib",
        "inspect",
        "logging",
        "re",
        "selectors",
        "simulator",
        "string",
        "struct",
        "threading",
        "types",
        "typing",
        "typing_extensions",
        "zipimport",
    }
)
_HOLDERS: Final = frozenset({"_AnnotatedAlias", "LifoQueue", "PriorityQueue", "Queue", "SimpleNamespace"})
"""Types out of these packages that are made to hold what an application puts there."""
_WITHIN: Final = tuple(
    f"sqlalchemy.{module}"
    for module in (
        "engine.base",
        "ext.",
        "orm.collections",
        "orm.identity",
        "orm.scoping",
        "orm.session",
        "orm.state",
        "pool.",
        "sql.base",
        "sql.schema",
        "util._collections",
        "util.queue",
    )
)
"""Of SQLAlchemy: sessions, connections, and tables for the functions that they call. The rest are statements and
mappings, each with a cache of what follows from it."""
_ALL: Final = "*"
_ATTRIBUTES: Final[dict[str, frozenset[str]]] = {
    "flask.sansio.app.App": frozenset({"_got_first_request"}),
    "werkzeug.routing.map.Map": frozenset({"_remap"}),
    "starlette.applications.Starlette": frozenset({"middleware_stack"}),
    "fastapi.routing.APIRouter": frozenset({"_routes_version"}),
    "fastapi.routing._IncludedRouter": frozenset({"_effective_candidates", "_effective_candidates_version"}),
    "sqlalchemy.engine.base.Engine": frozenset({"dispatch"}),
    "sqlalchemy.sql.schema.SchemaItem": frozenset({_ALL}),  # a memory of how it is written in SQL
    "django.conf.LazySettings": frozenset({_ALL}),  # copies of what `_wrapped` holds
    "django.urls.resolvers.RoutePattern": frozenset({"regex"}),
    "django.urls.resolvers.RegexPattern": frozenset({"regex"}),
    "django.urls.resolvers.URLResolver": frozenset(
        {"_populated", "_reverse_dict", "_namespace_dict", "_app_dict", "_callback_strs"}
    ),
    "django.db.utils.ConnectionRouter": frozenset({"_routers"}),
    "django.utils.connection.BaseConnectionHandler": frozenset({"_settings"}),
    "django.utils.translation.Trans": frozenset({_ALL}),  # the functions of one of its two modules
    "django.template.utils.EngineHandler": frozenset({"_templates", "_engines"}),
}
"""By class: what it sets when it is first used, to what follows from the rest."""

_CLOSED: Final[dict[str, frozenset[str]]] = {
    "django.db.models.options.Options": frozenset({"_get_fields_cache"}),
    "django.template.utils.EngineHandler": frozenset({"_engines"}),
    "flask.sansio.app.App": frozenset({"cli", "error_handler_spec"}),
    "flask.sansio.blueprints.Blueprint": frozenset({"cli", "error_handler_spec"}),
    "jinja2.environment.Environment": frozenset({"cache"}),
    "sqlalchemy.engine.base.Engine": frozenset({"_compiled_cache", "dialect", "dispatch"}),
}
"""By class: attributes behind which there is nothing but caches of code and defaults."""

_PATHS: Final = (
    "anyio.",  # each event loop's threads and tasks, those of the worker itself among them
    "django.conf.global_settings",
    "django.db.backends.base.base.RAN_DB_VERSION_CHECK",
    "django.urls.base._prefixes",  # set anew at the start of each request
    "fastapi.routing._endpoint_context_cache",
    "jinja2.lexer._lexer_cache",
    "sqlalchemy.",
)
_CACHES: Final = "django.core.cache.backends."
NOTHING: Final = object()
_CACHED: Final = frozenset({"cached_property", "locked_cached_property"})


def is_out_of_bounds(kind: type) -> bool:
    """Things of this type hold nothing that an application keeps there."""
    package = kind.__module__.partition(".")[0]
    if package == "sqlalchemy":
        return not kind.__module__.startswith(_WITHIN)
    return package in _BOUNDS and kind.__qualname__ not in _HOLDERS


def is_closed(owner: type, attribute: str) -> bool:
    """There is no use in looking behind this attribute of an `owner`."""
    return attribute == "__builtins__" or _names(_CLOSED, owner, attribute)


def is_note(owner: type, attribute: str) -> bool:
    """A library's `owner` sets this attribute to what follows from the rest."""
    return _names(_ATTRIBUTES, owner, attribute) or _is_computed(owner, attribute)


def is_noise_at(path: str) -> bool:
    """Nothing at `path` is state of the application."""
    return f"{path}.".startswith(_PATHS)


def without_framework_notes(value: Any) -> Any:
    """The value of a context variable as the application sees it, or `NOTHING`.

    asgiref keeps a dictionary for each of its locals, with the thread it is of. Of what it holds for Django, the
    objects of its caches are left out: their contents are looked at where they are (`surroundings`). So is what a
    resolver of URLs is in the middle of.
    """
    if f"{type(value).__module__}.{type(value).__qualname__}" != "asgiref.local._Storage":
        return value
    held = {
        name: kept
        for name, kept in value.data.items()
        if name != "populating" and not type(kept).__module__.startswith(_CACHES)
    }
    return held or NOTHING


def is_noise(owner: type, path: str, key: Any, value: Any) -> bool:
    """The attribute or item `key` of an `owner` at `path`, which is `value` now, tells nothing of the application."""
    if is_noise_at(path) or is_note(owner, key):
        return True
    if owner is ModuleType:
        return type(value) is ModuleType  # a part of a package that was imported later
    if issubclass(owner, defaultdict) and _is_empty(value):
        return True  # it was only looked up
    in_library = path.startswith("django.")
    return in_library and key == "_wrapped" and owner.__qualname__ == "SimpleLazyObject"


def _names(table: Mapping[str, frozenset[str]], owner: type, key: Any) -> bool:
    for base in owner.__mro__:
        known = table.get(f"{base.__module__}.{base.__qualname__}", frozenset())
        if key in known or _ALL in known:
            return True
    return False


def _is_computed(owner: type, name: Any) -> bool:
    return any(type(base.__dict__.get(name)).__name__ in _CACHED for base in owner.__mro__)


def _is_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_empty(held) for held in value.values())
    return isinstance(value, list | set | tuple) and not value
