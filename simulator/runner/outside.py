"""What an application depends on outside of the workers that no run puts back: files, servers, programs.

Rule: runs that did not start equal are no proof that all is well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from simulator.events import Connected, FileTouched
from simulator.result import Unknown
from simulator.runner.stage import Stage
from simulator.runner.trials import Trial
from simulator.stores.opening import is_at

_SHOWN = 3
_SCHEMES = {"6379": "redis", "5432": "postgresql"}


def unequal_starts(stage: Stage, trials: Sequence[Trial]) -> Iterator[Unknown]:
    """Why an ok would say nothing, although nothing was found."""
    for one in _shared(trials)[:_SHOWN]:
        yield Unknown(
            what=f"all workers use one connection to {one.peer}, so an ok would say nothing",
            why=(
                *([one.where] if one.where else []),
                "It was opened while the app was loaded, before the workers were forked: two requests at the same time "
                "can get each other's answers. Such requests were not tried.",
            ),
            do=("Connect in each worker, when its first request needs it.",),
        )
    if unkept := [*_files(stage, trials), *_servers(stage, trials)]:
        yield Unknown(
            what="the runs did not start equal, so an ok would say nothing",
            why=tuple(f"the app {what}, which is not put back between runs" for what, _ in unkept[:_SHOWN]),
            do=tuple(dict.fromkeys(f"Declare it, if it may be put back:  --store {do}" for _, do in unkept if do))[:1],
        )


def outside_notes(stage: Stage, trials: Sequence[Trial]) -> tuple[str, ...]:
    """What to know about servers, beside a problem that was found."""
    shared = (
        f"All workers use one connection to {one.peer}, opened before they were forked." for one in _shared(trials)
    )
    servers = (f"The app {what}, which is not put back between runs." for what, _ in _servers(stage, trials))
    return (*shared, *servers)


def _connections(trials: Sequence[Trial]) -> Iterator[Connected]:
    events = chain.from_iterable(trial.played.events for trial in trials)
    return (event for event in events if isinstance(event, Connected))


def _shared(trials: Sequence[Trial]) -> list[Connected]:
    return list({one.peer: one for one in _connections(trials) if one.is_shared}.values())


def _files(stage: Stage, trials: Sequence[Trial]) -> list[tuple[str, str]]:
    """Files that the application writes and that nobody puts back, with what to declare."""
    events = chain.from_iterable(trial.played.events for trial in trials)
    touched = {event.path for event in events if isinstance(event, FileTouched)}
    unkept = sorted(path for path in touched | set(stage.app.files) if not stage.keeps(path))
    return [(f"writes {path}", f"file:{path}") for path in unkept]


def _servers(stage: Stage, trials: Sequence[Trial]) -> list[tuple[str, str]]:
    """Servers whose data nobody puts back; programs are started anew with each load."""
    places = {one.peer: one.where for one in _connections(trials) if ":" in one.peer or one.peer.startswith("/")}
    unkept = [peer for peer in places if not any(is_at(spec, peer) for spec in stage.plan.stores)]
    found = []
    for peer in unkept:
        scheme = _SCHEMES.get(peer.rpartition("." if peer.startswith("/") else ":")[2], "")
        where = f" ({places[peer].split()[0]})" if places[peer] else ""
        found.append((f"is connected to {peer}{where}", f"{scheme}://..." if scheme else ""))
    return found
