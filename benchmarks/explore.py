"""Every routing of ten steps by the graph, beside fresh forks for each routing and beside gunicorn.

    python benchmarks/explore.py [--rounds 3]

The application is the article's. The targets: all routings of 10 steps on 4 workers in under 1 s; at least 100 times
as fast as playing each of the 43,947 different ones on fresh forks (a sample of them is played, and multiplied); and
in a second at least 50 times as many schedules as where a gunicorn is started anew for each. The latter is measured on
all 122 different routings of 6 steps on 3 workers, few enough to play each of them. Beside it stands what one schedule
costs that is played whole, on fresh forks: a search does so for its examples only.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from random import Random

import httpx
import start

from simulator.explore.search import Search
from simulator.runner.cases import Case
from simulator.runner.plan import Plan
from simulator.runner.play import Extent, Play
from simulator.runner.stage import Stage
from simulator.story.routings import count_routings, routings
from simulator.story.schedule import LoadMode, Schedule, Turn
from simulator.story.story import Story

WORKERS = 4
STEPS = 10
FEW_WORKERS = 3
FEW_STEPS = 6
LONG = 60
SAMPLE = 40


def plan(folder: Path, steps: int, workers: int = WORKERS) -> Plan:
    """One user's requests, by turns a write and a read."""
    story = Story("\n".join(("alice: GET /add/VALUE", "alice: GET /view shows")[step % 2] for step in range(steps)))
    return Plan(target="app.py", cwd=folder, story=story, workers=workers, loads=(LoadMode.ONCE,), reload=False)


def by_graph(stage: Stage) -> tuple[float, int]:
    """Seconds for every routing, on a stage that is set, and how many requests were really served."""
    search, began = Search(stage), time.perf_counter()
    workers = stage.plan.workers
    found = search.case(Case(workers=workers, load=LoadMode.ONCE))
    took_s = time.perf_counter() - began
    each = f"in all {count_routings(sum((stage.plan.story.steps or {}).values()), workers):,} different routings"
    assert each in found.claim, found.claim
    search.close()
    return took_s, search.asked


def graph_cpu_s(folder: Path) -> float:
    """Seconds of the processors, in all processes, that the graph costs beyond the stage that it stands on."""

    def staged(act: Callable[[Stage], object]) -> float:
        def whole() -> None:
            with Stage(plan(folder, STEPS)) as stage:
                act(stage)

        return start.measured(whole).cpu_s

    return staged(by_graph) - staged(lambda stage: play(stage, (1,) * STEPS))


def by_forks(stage: Stage, count: int) -> float:
    """Seconds for each routing that is played for real, on fresh forks: the mean over `count` of them."""
    every = routings(STEPS, WORKERS)
    sampled = sorted(Random(0).sample(range(count_routings(STEPS, WORKERS)), count))
    chosen = [next(islice(every, at - before - 1, None)) for before, at in zip([-1, *sampled], sampled, strict=False)]
    return _mean_s([lambda routing=routing: play(stage, routing) for routing in chosen])


def play(stage: Stage, routing: tuple[int, ...]) -> None:
    """One schedule on fresh forks, with everything that is written down about it."""
    schedule = Schedule(workers=WORKERS, turns=tuple(Turn(user="alice", worker=worker) for worker in routing))
    Play(stage, schedule, run=1, extent=Extent(to_the_end=False, sweep=False, reload=False)).perform()


def restarted(folder: Path, steps: int) -> float:
    """Seconds for one schedule on a gunicorn that is started for it and ended after it."""
    began = time.perf_counter()
    with start.gunicorn(folder) as (url, _, _), httpx.Client(base_url=url, headers={"connection": "close"}) as client:
        start._until_it_answers(url)
        for step in range(steps):
            assert client.get("/view" if step % 2 else f"/add/{step}").status_code == 200
    return time.perf_counter() - began


def _mean_s(acts: list[Callable[[], None]]) -> float:
    began = time.perf_counter()
    for act in acts:
        act()
    return (time.perf_counter() - began) / len(acts)


def compare_graph(folder: Path, rounds: int) -> None:
    graphs, plays = [], []
    for _ in range(rounds):
        with Stage(plan(folder, STEPS)) as stage:
            play(stage, (1,) * STEPS)  # as a run does: its first order is played for real
            graphs.append(by_graph(stage))
            plays.append(by_forks(stage, SAMPLE))
    ways = count_routings(STEPS, WORKERS)
    took_s, each_s = statistics.median(took_s for took_s, _ in graphs), statistics.median(plays)
    start.show((f"all routings of {STEPS} steps, {graphs[0][1]} requests, s", f"{took_s:.3f}", "", "", "< 1 s"))
    spent_s = statistics.median(graph_cpu_s(folder) for _ in range(rounds))
    start.show(("the same, CPU s of all processes", f"{spent_s:.3f}", "", "", ""))
    start.row(f"the same / {ways:,} fresh-fork plays, s", took_s, each_s * ways, each_s * ways / took_s, ">= 100")
    start.show(("schedules covered per second", f"{ways / took_s:,.0f}", f"{1 / each_s:,.1f}", "", ""))


def compare_pace(folder: Path, rounds: int) -> None:
    ours, theirs = [], []
    for _ in range(rounds):
        with Stage(plan(folder, FEW_STEPS, FEW_WORKERS)) as stage:
            play(stage, (1,) * FEW_STEPS)
            ours.append(by_graph(stage)[0])
        theirs.append(restarted(folder, FEW_STEPS))
    ways = count_routings(FEW_STEPS, FEW_WORKERS)
    mine, other = ways / statistics.median(ours), 1 / statistics.median(theirs)
    start.row(f"schedules/s: {ways} of {FEW_STEPS} steps / with restarts", mine, other, mine / other, ">= 50")


def compare_restarts(folder: Path, rounds: int, steps: int) -> None:
    ours, theirs = [], []
    for _ in range(rounds):
        with Stage(plan(folder, steps)) as stage:
            routing = tuple(step % WORKERS + 1 for step in range(steps))
            play(stage, routing)
            ours.append(_mean_s([lambda: play(stage, routing)] * SAMPLE))  # noqa: B023
        theirs.append(restarted(folder, steps))
    mine, other = statistics.median(ours), statistics.median(theirs)
    start.row(f"a schedule of {steps} steps played / restart, s", mine, other, other / mine, "")


def main() -> None:
    rounds = start.rounds_of(__doc__, 3)
    with start.workplace() as folder:
        restarted(folder, STEPS)  # everything is compiled by now
        start.head(rounds, "workersim", "beside", "ratio", "wanted")
        compare_graph(folder, rounds)
        compare_pace(folder, rounds)
        for steps in (STEPS, LONG):
            compare_restarts(folder, rounds, steps)


if __name__ == "__main__":
    main()
