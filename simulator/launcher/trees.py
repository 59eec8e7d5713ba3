"""Zygotes that outlive a launcher: the next launcher of the same application takes over what has been imported.

Rule: between two launchers nothing of an application lives on, not even a process. A zygote serves one target, in
one folder (not only its path: a folder that was made anew is another one), with one environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from simulator.launcher.tree import Kind, Tree

PASSING: Final = ("PYTEST_CURRENT_TEST",)
"""Variables that are told anew with each load, since they differ from one launcher to the next."""
_FOR_ALL: Final = {"FLASK_RUN_FROM_CLI": "true"}


class Trees:
    """Makes trees, keeps up to `most` of those that are given back, and begins one early. Not for use by two threads.

    A process that is forked from this one has none of them, and leaves them alone.
    """

    def __init__(self, *, most: int = 0) -> None:
        self._most = most
        self._kept: dict[Kind, Tree] = {}
        self._begun: Tree | None = None
        if most:
            os.register_at_fork(after_in_child=self._leave)

    def begin(self, *, cwd: Path, env: Mapping[str, str]) -> None:
        """Start a zygote before it is known what for: the first that is taken, if folder and environment fit then.

        Raises PlatformError, and OSError where there is no such folder.
        """
        whole = _whole(env)
        self._begun = Tree(cwd=cwd, env=whole, kind=_place(cwd, whole))

    def take(self, *, target: str, cwd: Path, env: Mapping[str, str], owns_time_and_chance: bool) -> Tree:
        """A tree for `target`, to be given back or closed. `env` is laid over the environment."""
        whole = _whole(env)
        place = _place(cwd, whole)
        kind = (target, *place, owns_time_and_chance)
        tree = self._kept.pop(kind, None) or self._taken(place)
        if tree is not None and not tree.is_alive:  # somebody ended all children of this process
            tree.close()
            tree = None
        tree = tree or Tree(cwd=cwd, env=whole)
        tree.kind = kind
        return tree

    def _taken(self, place: Kind) -> Tree | None:
        """The one that was begun early; it ends if it is for something else."""
        tree, self._begun = self._begun, None
        if tree is not None and tree.kind != place:
            tree.close()
            return None
        return tree

    def give_back(self, tree: Tree) -> None:
        """Its launcher is done, and nothing went wrong. The tree that was not used for longest makes room."""
        is_kept = False
        try:
            is_kept = self._most > 0 and tree.kind not in self._kept and tree.clear()
        except (OSError, AssertionError):  # it is gone, or says something else than it should
            pass
        finally:
            if is_kept:
                self._kept[tree.kind] = tree
            else:
                tree.close()
        if len(self._kept) > self._most:
            self._kept.pop(next(iter(self._kept))).close()

    def close(self) -> None:
        """End all that are kept or begun. May be called again."""
        if self._begun is not None:
            self._begun.close()
            self._begun = None
        while self._kept:
            self._kept.popitem()[1].close()

    def _leave(self) -> None:
        for tree in self._kept.values():
            tree.leave()
        self._kept = {}


def _whole(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in PASSING} | _FOR_ALL | {**env}


def _place(cwd: Path, env: Mapping[str, str]) -> Kind:
    """Where a zygote is. While it is in a folder, no other folder gets that one's number."""
    folder = cwd.stat()
    return (cwd, folder.st_dev, folder.st_ino, frozenset(env.items()))
