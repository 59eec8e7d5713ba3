"""Ways through a graph: as the turns of a schedule, with what they are compared with, and which of them to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simulator.checkers.finding import Anomaly, Finding
from simulator.events import RequestSent
from simulator.explore.graph import Edge, Graph
from simulator.explore.heard import Heard
from simulator.explore.monitor import Way
from simulator.explore.rounds import Numbered, dealt_to, memory_after, number_of, settled
from simulator.runner.found import Candidate
from simulator.story.schedule import Action, Lifecycle, Turn


def turns_of(way: Way, users: Sequence[str]) -> tuple[Turn | Lifecycle, ...]:
    """The turns of a way: plain where round robin takes it, with the workers' numbers where it does not."""
    if not way:
        return ()
    if len(way[0].source.memories) == 1 or _dealt(way, way[0].source.memories):
        return tuple(_turn(edge, users, None) for edge in way)
    held = way[0].source.memories
    turns = []
    for edge in way:
        turns.append(_turn(edge, users, number_of(held, edge.move)))
        held = settled(held, edge)
    return tuple(turns)


def _turn(edge: Edge[Heard, Finding], users: Sequence[str], worker: int | None) -> Turn | Lifecycle:
    move = edge.move
    if move.user is None:
        assert move.action is not None
        return Lifecycle(action=move.action, worker=worker if move.action is Action.RECYCLE else None)
    return Turn(user=users[move.user], worker=None if move.action is not None else worker)


def _dealt(way: Way, held: Numbered) -> bool:
    """Does round robin from worker 1 take this way?"""
    turn = 1
    for edge in way:
        if edge.move.user is None:
            return False
        if edge.move.memory is not None and edge.move.action is None:
            number = dealt_to(held, turn)
            if held[number - 1] != edge.move.memory or edge.move.number not in (None, number):
                return False
            held = (*held[: number - 1], memory_after(edge), *held[number:])
            turn = number % len(held) + 1
        else:
            held = settled(held, edge)
    return True


def against(one: Candidate) -> Candidate:
    """The candidate with the schedule whose last answer is another one: one worker, or no reload before it.

    What a reload changes was seen beside the way, so its events do not show it.
    """
    schedule = one.schedule
    turns = tuple(replace(turn, worker=None) if isinstance(turn, Turn) else turn for turn in schedule.turns)
    single = replace(schedule, workers=1, turns=turns)
    if one.finding.name is Anomaly.KEPT_IN_PROCESS:
        reloaded = (*turns[:-1], Lifecycle(action=Action.RELOAD), turns[-1])
        return replace(one, schedule=replace(single, turns=reloaded), against=single, tell=tuple)
    return replace(one, against=single)


def covering(graph: Graph[Heard, Finding]) -> Iterator[Way]:
    """Ways from the start to an end, until each edge was on one of them.

    A shortest way to each end would not do: it may read first and change afterwards, and another way to the same
    end is the one in which somebody reads what was changed.
    """
    unseen = {id(edge) for edge in graph.all_edges()}
    for edge in graph.all_edges():
        if id(edge) not in unseen:
            continue
        way = [*graph.way_to(edge.source), edge]
        while following := graph.edges.get(way[-1].target):
            way.append(next((one for one in following if id(one) in unseen), following[0]))
        unseen.difference_update(map(id, way))
        yield way


def without(graph: Graph[Heard, Finding], name: Anomaly) -> Graph[Heard, Finding]:
    """The graph without the findings of this name."""
    edges = {
        world: [replace(edge, findings=tuple(one for one in edge.findings if one.name is not name)) for edge in ones]
        for world, ones in graph.edges.items()
    }
    return Graph(start=graph.start, ways=graph.ways, edges=edges, is_complete=graph.is_complete)


def is_answered(graph: Graph[Heard, Finding]) -> bool:
    """Was any answer a page that somebody wanted?"""
    return any(
        edge.answer is not None and edge.answer.reply is not None and edge.answer.reply.status < 400
        for edge in graph.all_edges()
    )


def influence(edge: Edge[Heard, Finding], finding: Finding) -> str:
    asked = (
        next((event for event in edge.answer.events if isinstance(event, RequestSent)), None) if edge.answer else None
    )
    request = f"{asked.method} {asked.url}" if asked else "an answer"
    return (
        f"{finding.user}'s {request} shows what other users did ({finding.sub_kind}). "
        "Meant for everyone? Then all is well. If not, declare it: data: private items"
    )
