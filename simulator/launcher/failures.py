"""The wording of everything that keeps an application from being loaded: what, why, what to do.

Rule: the frames are the application's own; each way to fail has its own words.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

from simulator.errors import (
    AppAmbiguous,
    AppCrashed,
    AppError,
    AppFactoryFailed,
    AppImportFailed,
    AppLoadTimedOut,
    AppNotFound,
)
from simulator.launcher.definitions import line_of
from simulator.launcher.frames import OURS, AppFiles, error_text, traceback_places
from simulator.launcher.places import Place, did_you_mean
from simulator.wire import Message

_CLASSES: Final = {
    cls.code: cls
    for cls in (AppError, AppNotFound, AppImportFailed, AppAmbiguous, AppLoadTimedOut, AppCrashed, AppFactoryFailed)
}
_MOST_LINES: Final = 4
_SERVING: Final = ("run(", "serve", "listen", "accept")


def plain(error: AppError) -> Message:
    """An error in the form in which it travels."""
    return {"code": error.code, "what": error.what, "why": error.why, "do": error.do}


def restored(error: Message) -> AppError:
    """The error that `plain` was made of."""
    return _CLASSES[error["code"]](error["what"], why=error["why"], do=error["do"])


def import_failed(place: Place, files: AppFiles, error: BaseException) -> AppImportFailed:
    """The module was found, but running it raised."""
    what = f'module "{place.module}" was found but failed while it was imported'
    return AppImportFailed(what, why=_raised(files, error), do=_import_hints(place, files, error))


def name_taken(place: Place) -> AppImportFailed:
    """Another module of this name was loaded before."""
    return AppImportFailed(
        f'{place.shown} cannot be imported: "{place.module}" is also the name of a module that Python uses itself',
        do=("Give the file another name, for example my_app.py.",),
    )


def no_submodule(place: Place, files: AppFiles) -> AppNotFound:
    """The package was found, but not the module in it."""
    package, _, name = place.module.rpartition(".")
    folder = os.path.join(files.root, *package.split("."))
    names = [entry.removesuffix(".py") for entry in os.listdir(folder)] if os.path.isdir(folder) else []
    close = did_you_mean(name, names)
    do = (f"Did you mean {package}.{close}?",) if close else ()
    return AppNotFound(f'the package "{package}" has no module "{name}" ({folder})', do=do)


def factory_failed(place: Place, files: AppFiles, attribute: str, error: BaseException) -> AppFactoryFailed:
    """Told apart: the call itself did not fit (no frame of the factory ran), or the factory raised."""
    own = traceback_places(error.__traceback__)[1:]
    if isinstance(error, TypeError) and not own:
        return AppFactoryFailed(
            f'"{attribute}" could not be called: {error}',
            do=(f'Give what it needs, with plain values:  workersim run "{place.shown}:{attribute}(...)"',),
        )
    return AppFactoryFailed(f'the factory "{attribute}" was called and raised', why=_raised(files, error))


def no_attribute(place: Place, attribute: str, close: str | None) -> AppNotFound:
    do = (f"Did you mean {place.shown}:{close}?",) if close else ()
    return AppNotFound(f'{place.shown} was imported, but there is no "{attribute}" in it', do=do)


def not_an_app(place: Place, attribute: str, thing: Any, *, was_called: bool) -> AppAmbiguous:
    shown = f"what {attribute}() returned" if was_called else f'"{attribute}"'
    return AppAmbiguous(
        f"{shown} in {place.shown} is not an app but {_article(type(thing).__name__)}",
        do=("An app is a framework's application, or takes (environ, start_response) or (scope, receive, send).",),
    )


def no_app(place: Place, module: ModuleType) -> AppAmbiguous:
    names = [name for name in vars(module) if not name.startswith("_")]
    return AppAmbiguous(
        f"{place.shown} was imported, but there is no app in it",
        why=(f"It defines: {', '.join(names[:8])}",) if names else ("It defines nothing.",),
        do=(f"If the app has another name, say which:  workersim run {place.shown}:NAME",),
    )


def two_apps(place: Place, module: ModuleType, names: Sequence[str]) -> AppAmbiguous:
    file = getattr(module, "__file__", None) or ""
    shown = [f'"{name}" (line {line})' if (line := line_of(file, name)) else f'"{name}"' for name in names]
    count = {2: "two"}.get(len(names), str(len(names)))
    return AppAmbiguous(
        f"{place.shown} has {count} apps: {', '.join(shown[:-1])} and {shown[-1]}",
        do=(f"Say which: workersim run {place.shown}:{names[0]}",),
    )


def startup_failed(files: AppFiles, message: str, error: BaseException | None) -> AppImportFailed:
    """An ASGI application said that its startup failed."""
    why = _raised(files, error) if error is not None else message.strip().splitlines()[-_MOST_LINES:]
    return AppImportFailed("the app was imported, but its startup (lifespan) failed", why=why)


def startup_timed_out(who: str, limit_s: float, stack: Sequence[str]) -> AppLoadTimedOut:
    return AppLoadTimedOut(f"{who} was still starting up after {limit_s:g} s", why=stack[:_MOST_LINES])


def load_timed_out(shown: str, limit_s: float, stack: Sequence[str]) -> AppLoadTimedOut:
    if any(word in line for line in stack for word in _SERVING):
        do = ("A server seems to start during import. Put that line under", '  if __name__ == "__main__":')
    else:
        do = (
            "This runs before any request can be served.",
            'Move it into a function, or under  if __name__ == "__main__":',
        )
    return AppLoadTimedOut(f"{shown} was still being imported after {limit_s:g} s", why=stack[:_MOST_LINES], do=do)


def crashed(who: str, how: str, stack: Sequence[str], *, when: str, was_forked: bool = False) -> AppCrashed:
    """A process of the application is gone.

    `who` is "the app" or "worker 2"; `how` its exit name; `when` e.g. "before its first answer"; `was_forked`:
    from a process that had loaded the application already.
    """
    what = f"{who} crashed {when} (killed by {how})" if how.startswith("SIG") else f"{who} ended {when} ({how})"
    do = (
        "Connections and threads opened at import often break after the fork.",
        "To see if that is the cause, load in each worker:  --load per-worker",
    )
    return AppCrashed(what, why=stack[:_MOST_LINES], do=do if was_forked else ())


def _raised(files: AppFiles, error: BaseException) -> list[str]:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        places = [(error.filename, error.lineno, "<module>")]
        return [*files.lines(places), error_text(error)]
    ours = f"{OURS}{os.sep}"
    places = [place for place in traceback_places(error.__traceback__) if not place[0].startswith((ours, "<frozen"))]
    return [*files.lines(places)[-_MOST_LINES:], error_text(error)]


def _import_hints(place: Place, files: AppFiles, error: BaseException) -> list[str]:
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = place.module.rpartition(".")[0] or place.module
        beside = os.path.join(files.root, *package.split("."), error.name.partition(".")[0])
        if os.path.exists(f"{beside}.py") or os.path.isdir(beside):
            return [f"Perhaps: from {package}.{error.name} import ... Searched: {files.root}"]
        return [f"Is it installed for this Python?  {sys.executable} -m pip list", f"Searched: {files.root}"]
    if isinstance(error, ImportError) and f"partially initialized module '{place.module}'" in str(error):
        if len({file for file, _, _ in traceback_places(error.__traceback__) if files.owns(file)}) == 1:
            return [f'The file is named as the library "{place.module}" is, and is imported in its place: rename it.']
        return ["Two modules import each other: move one of the imports into the function that needs it."]
    if isinstance(error, ImportError) and (error.name or "").partition(".")[0] == "simulator":
        return ['Inside workersim, "simulator" is workersim itself. A package of your own needs another name.']
    if isinstance(error, SystemExit):
        return ['The module ends the program while it is imported. Put that under  if __name__ == "__main__":']
    return []


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
