"""Where the application's code is: from what a person wrote to a module to import and the folders to import from.

Rule: a file is imported under the name that its own project gives it (the folders with `__init__.py` above it
are packages), with the project's folder and the working directory first on the path, as other servers do.
"""

from __future__ import annotations

import difflib
import importlib.util
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.errors import AppNotFound
from simulator.launcher.target import Target

_USUAL_FILES: Final = ("wsgi.py", "app.py", "main.py", "flask_app.py", "application.py", "asgi.py")
_SETTINGS: Final = re.compile(r"""["']DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A `module` to import, found from `root`. `file` is where it must come from, if that was said.

    `settings` is Django's, where the project was named as a folder.
    """

    module: str
    root: Path
    shown: str
    file: Path | None = None
    settings: str | None = None


def find_place(target: Target, cwd: Path) -> Place:
    """Raises AppNotFound."""
    path = cwd / target.place
    if (project := _project(path.resolve())) is not None:
        return _django(*project, target)
    is_plain_folder = path.is_dir() and not (path / "__init__.py").is_file()
    if not target.is_path and not is_plain_folder:
        return _module(target, cwd)
    if path.is_dir():
        return _folder(path, target, cwd)
    if not path.is_file():
        raise _no_file(target, path, cwd)
    return _file(path, shown=target.place)


def _project(path: Path) -> tuple[Path, str] | None:
    """The folder and the settings of the Django project of which this is the folder, manage.py or the main package."""
    for folder in (path, path.parent):
        manage = folder / "manage.py"
        if manage.is_file() and (found := _SETTINGS.search(manage.read_text(encoding="utf-8", errors="replace"))):
            is_package = path.is_dir() and path.name == found[1].partition(".")[0]
            if path in (folder, manage) or is_package:
                return folder, found[1]
    return None


def _file(path: Path, *, shown: str) -> Place:
    path = path.resolve()
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    return Place(module=".".join(parts), root=folder, shown=shown, file=path)


def _folder(path: Path, target: Target, cwd: Path) -> Place:
    if (path / "__init__.py").is_file():
        return _file(path / "__init__.py", shown=target.place)
    for name in _USUAL_FILES:
        if (path / name).is_file():
            return _file(path / name, shown=os.path.relpath(path / name, cwd))
    raise AppNotFound(
        f"the folder {target.place} holds no app",
        why=(f"It has no manage.py and none of {', '.join(_USUAL_FILES)}.",),
        do=("Name the file:  workersim run " + str(Path(target.place) / "my_app.py"),),
    )


def _django(root: Path, settings: str, target: Target) -> Place:
    package = root.joinpath(*settings.split(".")[:1])
    for name in ("wsgi", "asgi"):
        if (package / f"{name}.py").is_file():
            return Place(module=f"{package.name}.{name}", root=root, shown=target.place, settings=settings)
    return Place(module=settings, root=root, shown=target.place, settings=settings)


def _module(target: Target, cwd: Path) -> Place:
    """A module by name; it is not imported here, only its first package is looked for."""
    first = target.place.partition(".")[0]
    known = sys.path
    sys.path = [str(cwd), *known]
    try:
        found = importlib.util.find_spec(first) if first.isidentifier() else None
    except (ImportError, ValueError):
        found = None
    finally:
        sys.path = known
    if found is None:
        raise _no_module(target, first, cwd)
    origin = Path(found.origin) if found.origin and found.has_location else None
    home = origin.parent.parent if found.submodule_search_locations and origin else origin.parent if origin else cwd
    return Place(module=target.place, root=home.resolve(), shown=target.place)


def _no_file(target: Target, path: Path, cwd: Path) -> AppNotFound:
    folder = path.parent
    if not folder.is_dir():
        return AppNotFound(f"no folder {os.path.relpath(folder, cwd)} here ({cwd}), so no file {target.place}")
    here = "here" if folder == cwd else "there"
    names = [entry.name for entry in folder.iterdir()]
    candidates = [name for name in names if name.endswith(".py") or (folder / name / "manage.py").is_file()]
    close = did_you_mean(path.name, candidates)
    do = [f"Did you mean {os.path.relpath(folder / close, cwd)}?"] if close else []
    if not do and candidates:
        do = [f"There is: {', '.join(sorted(candidates)[:6])}"]
    return AppNotFound(f"no file {target.place} {here} ({folder})", do=do)


def _no_module(target: Target, first: str, cwd: Path) -> AppNotFound:
    names = [entry.name.removesuffix(".py") for entry in cwd.iterdir()]
    close = did_you_mean(first, names)
    rest = target.text[len(first) :]
    do = [f"Did you mean {close}{rest}?"] if close else []
    return AppNotFound(f'no module "{first}" here ({cwd}) or among the installed packages', do=do)


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest, if one is near."""
    return next(iter(difflib.get_close_matches(name, list(known), n=1)), None)
