"""What to run: an application, a story, and how much of it to cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from simulator.story.scenario import Server
from simulator.story.schedule import LoadMode
from simulator.story.story import Story

Way = Literal["direct", "http"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that one command fixes before it starts.

    `target` is the application as the person wrote it, found from `cwd`. `loads` are the load modes to try
    (both by default). `order` is an order token: only that order is run. `orders` is the budget of orders
    per number of workers (None: all). `stores` are store specs (`simulator.stores.open_store`).
    `reload` says that each order is looked at again after a reload of all workers. `notes` are sentences that
    the result repeats (why a lesson's wrong cure is none). `blame`: the variable and the lines behind each example
    are looked for, in the replay that proves it. `port` is that of HTTP (0: any free one). `server` is the development
    server to compare with. `copy` is a folder that was made for this plan (`stores.copies`): it ends with it, also
    where the plan is killed.
    """

    target: str
    cwd: Path
    story: Story
    workers: int = 2
    loads: tuple[LoadMode, ...] = (LoadMode.ONCE, LoadMode.PER_WORKER)
    routing: str = "round-robin"
    order: str | None = None
    orders: int | None = 100
    seed: int = 0
    timeout_s: float = 5.0
    load_timeout_s: float = 10.0
    stores: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    way: Way = "direct"
    port: int = 0
    reload: bool = True
    title: str = ""
    blame: bool = True
    server: Server | None = None
    notes: tuple[str, ...] = ()
    copy: Path | None = None
