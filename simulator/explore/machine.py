"""The machine of the graph, on real processes: each answer is asked for once, and remembered.

What a worker holds is known by its history (what it served since its load, and what the stores held then), and
two histories are one where the worker's memory has the same fingerprint. A process that holds what is wanted is
used as it is; where there is none, a fresh fork serves the history again, with the stores put back each time.

Rule: before every request the stores hold exactly what the graph says, and after it they are saved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from random import Random
from typing import TypeAlias

from simulator.checkers.masks import noise
from simulator.events import Event, OutsideChanged, RequestFailed
from simulator.explore.graph import Crew, Memory, Served, Stores
from simulator.explore.heard import Heard, Noisy, Unexplorable, answer_of
from simulator.explore.holdings import Holdings
from simulator.explore.scripts import Scripts
from simulator.explore.slots import Slots
from simulator.proxy.call import Call, NoAnswer, Reply
from simulator.proxy.transport import wire_request
from simulator.runner.owned import chance, now_s
from simulator.story.schedule import LoadMode
from simulator.users.pending import PendingChange, PendingRequest

AUDITED = 0.03
_Asked: TypeAlias = tuple[Memory, Stores, bytes, float, str]
"""What an answer follows from: what the worker and the stores hold, the request, for how long the story has waited,
and chance where some was drawn."""


@dataclass(frozen=True, slots=True)
class Life:
    """How to get a worker that holds something: a load (None: the first one), then requests, each with its stores.

    `root` names what the load had to go by: the stores, and chance if it asked for any.
    """

    loaded_on: Stores | None
    number: int
    root: str
    served: tuple[tuple[Stores, PendingRequest, Call], ...] = ()


@dataclass(frozen=True, slots=True)
class _Twin:
    """What a second process answered, what it holds now, and the slots of both that are still there."""

    reply: Reply
    fingerprint: str | None
    slots: tuple[int, ...]


class ForkedMachine:
    """Answers of the application on `slots`, for the programs in `scripts`.

    `names` of what workers hold may be shared by machines of one stage. `merges`: workers with the same fingerprint
    are taken for the same; else only equal histories are. `asks_twice`: each request is put to two processes, and what
    differs in their answers is left out and noted in `noise`, by request. `asked` counts the requests that
    were really served, `remembered` those that were not; `audited` is the share of the remembered ones that are asked
    for again all the same, to see that the answer is still the same.
    """

    def __init__(
        self,
        slots: Slots,
        holdings: Holdings,
        scripts: Scripts,
        *,
        mode: LoadMode,
        names: dict[str, Memory],
        merges: bool = True,
        asks_twice: bool = False,
        seed: int = 0,
    ) -> None:
        self._slots = slots
        self._holdings = holdings
        self._scripts = scripts
        self._mode = mode
        self._merges = merges
        self._asks_twice = asks_twice
        self.noise: dict[str, dict[str, None]] = {}
        self._seed = seed
        self._chance = Random(seed)
        self._memo: dict[_Asked, tuple[Served[Heard], Call]] = {}
        self._changes: dict[tuple[Stores, int, Hashable], tuple[Heard, Stores]] = {}
        self._crews: dict[tuple[int, Stores | None], Crew] = {}
        self._lives: dict[Memory, Life] = {}
        self._names = names
        self.audited = AUDITED
        self.asked = 0
        self.remembered = 0

    def start(self, workers: int) -> Crew:
        """Fresh workers on the stores as they are at the beginning."""
        return self._crew(workers, None)

    def reload(self, workers: int, stores: Stores) -> Crew:
        """Fresh workers of a new load against `stores`."""
        return self._crew(workers, stores)

    def recycle(self, fresh: Memory, stores: Stores) -> tuple[Memory, Stores]:
        """One new worker: load once: a fork of the same load; per-worker: a load of its own."""
        if self._mode is LoadMode.ONCE:
            return fresh, stores
        crew = self.reload(1, stores)
        return crew.memories[0], crew.stores

    def serve(self, *, memory: Memory, stores: Stores, user: int, programs: Hashable, step: int) -> Served[Heard]:
        """The answer to the next request of `user`. Raises Unexplorable where there is none."""
        pending = self._scripts.pending(user, programs)
        assert isinstance(pending, PendingRequest)
        reads = partial(self._scripts.told, user, programs)
        return self.answer(pending, memory=memory, stores=stores, user=user, programs=programs, step=step, reads=reads)

    def answer(
        self,
        pending: PendingRequest,
        *,
        memory: Memory,
        stores: Stores,
        user: int,
        programs: Hashable,
        step: int,
        reads: Callable[[Heard], object] = lambda _: None,
    ) -> Served[Heard]:
        """The answer to `pending`, the request of `user` at that place of the story. Raises Unexplorable without one.

        The thousandths of a second that steps are apart are no part of what an answer depends on: the stores hold
        nothing newer than the first time at which it was asked for. `reads` may be given the answer early, to do
        what has to be done with it while the worker looks at what it holds.
        """
        waited_s = self._scripts.waited_s(programs)
        key = (memory, stores, pending.fingerprint, waited_s)
        call = self._call(user, pending, step, self._scripts.sent(user, programs), waited_s)
        found = self._memo.get((*key, "")) or self._memo.get((*key, call.chance))
        if found is None:
            served = self._served(memory, stores, pending, call, reads)
            drew = not self._merges or self._slots.drew
            self._memo[*key, call.chance if drew else ""] = served, call
            return served
        known, asked = found
        self.remembered += 1
        if self._chance.random() < self.audited:
            self._audit(known, memory, stores, pending, asked)
        return replace(known, answer=known.answer.told_by(call))

    def change(self, *, stores: Stores, user: int, programs: Hashable, step: int) -> tuple[Heard, Stores]:
        """What the world changes next."""
        key = (stores, user, programs)
        if key not in self._changes:
            pending = self._scripts.pending(user, programs)
            assert isinstance(pending, PendingChange)
            self._holdings.put(stores)
            pending.act()
            event = OutsideChanged(t=0.0, began=0.0, step=step, what=pending.what, effects=pending.effects)
            self._changes[key] = (Heard.of_change((event,), pending.wait_s), self._holdings.saved())
        return self._changes[key]

    # Workers and their lives

    def _crew(self, workers: int, stores: Stores | None) -> Crew:
        """Forks of one process hold the same: one of them is enough."""
        count = workers if self._mode is LoadMode.PER_WORKER else 1
        if (count, stores) not in self._crews:
            self._crews[count, stores] = self._loaded(count, stores)
        crew = self._crews[count, stores]
        return crew if count == workers else replace(crew, memories=crew.memories * workers)

    def _loaded(self, workers: int, stores: Stores | None) -> Crew:
        loaded_from = self._holdings.before_any_load() if stores is None else stores
        self._slots.load(stores, workers)
        after = self._holdings.saved()
        for number in range(1, workers + 1):
            self._look(number)
        memories = []
        for number in range(1, workers + 1):
            fingerprint = self._fingerprint(number)
            root = loaded_from if not self._slots.load_drew else f"{loaded_from} {stores is None} {self._own(number)}"
            memory = self._named(fingerprint, root, f"load {stores} {self._own(number)}")
            self._lives.setdefault(memory, Life(stores, number, root))
            self._slots.holds(number, memory)
            memories.append(memory)
        return Crew(memories=tuple(memories), fresh=memories[0], stores=after)

    def _own(self, number: int) -> int:
        """Workers that load on their own may hold different things from the start."""
        return number if self._mode is LoadMode.PER_WORKER else 0

    def _look(self, number: int) -> None:
        if self._merges:
            self._slots.look(number)

    def _fingerprint(self, number: int) -> str | None:
        """What the worker in slot `number` saw in its look; None: known by its history alone."""
        return self._slots.fingerprint(number) if self._merges else None

    def _call(self, user: int, pending: PendingRequest, step: int, sent: int, waited_s: float) -> Call:
        return Call(
            user=self._scripts.users[user],
            step=step,
            effects=pending.effects,
            expect=pending.expect,
            composed=pending.composed,
            now_s=now_s(self._slots.epoch_s, step, waited_s),
            chance=chance(self._seed, self._scripts.users[user], sent + 1),
        )

    def _served(
        self,
        memory: Memory,
        stores: Stores,
        pending: PendingRequest,
        call: Call,
        reads: Callable[[Heard], object] = lambda _: None,
    ) -> Served[Heard]:
        number = self._worker(memory)
        reply, events = self._ask(number, stores, pending, call)
        self._look(number)
        saved = self._holdings.saved()
        if not self._asks_twice:
            reads(Heard.of_reply(reply, events))
        fingerprint = self._fingerprint(number)
        twin = self._twin(number, memory, stores, pending, call) if self._asks_twice else None
        if twin is not None and self._holdings.saved() != saved:
            raise Unexplorable("what differs between two runs of the same order is written to a store")
        life = self._lives[memory]
        after = replace(life, served=(*life.served, (stores, pending, call)))
        alike = twin is None or twin.fingerprint == fingerprint
        history = _digest(memory, stores, pending.fingerprint)
        name = self._named(fingerprint if alike else None, life.root, history)
        self._lives.setdefault(name, after)
        for slot in (number,) if twin is None else twin.slots:
            self._slots.holds(slot, name)
        heard = Heard.of_reply(reply, events, twin.reply if twin is not None else None)
        self._note(heard, pending)
        return Served(answer=heard, memory=name, stores=saved)

    def _twin(self, first: int, memory: Memory, stores: Stores, pending: PendingRequest, call: Call) -> _Twin:
        """The same asked of another process that holds `memory`."""
        pid = self._slots.pid(first)
        number = self._worker(memory, first)
        reply, _ = self._ask(number, stores, pending, call)
        self._look(number)
        slots = (number,) if self._slots.pid(first) != pid or number == first else (first, number)
        return _Twin(reply, self._fingerprint(number), slots)

    def _note(self, heard: Heard, pending: PendingRequest) -> None:
        """Write down in what twins differ."""
        if heard.reply is None or heard.twin is None:
            return
        if heard.reply.status != heard.twin.status:
            raise Noisy("the same request to the same worker had different outcomes")
        for name in noise(answer_of(heard.reply), answer_of(heard.twin)):
            self.noise.setdefault(f"{pending.method} {pending.url}", {})[name] = None

    def _named(self, fingerprint: str | None, root: str, history: str) -> Memory:
        """The name of what a worker holds: its fingerprint, which tells what has changed since a load, and the load.

        Names count up as they are met: the walk does not depend on what a fingerprint happens to look like.
        """
        held = f"history {history}" if fingerprint is None else f"memory {fingerprint} of {root}"
        return self._names.setdefault(held, f"{len(self._names):06}")

    def _worker(self, memory: Memory, besides: int | None = None) -> int:
        """A worker that holds `memory`: one that is there, or a fresh one that lives through its life again."""
        number = self._slots.having(memory, besides)
        if number is not None:
            return number
        life = self._lives[memory]
        number = self._slots.fresh(life.loaded_on, life.number)
        for stores, pending, call in life.served:
            self._ask(number, stores, pending, call)
        self._slots.holds(number, memory)
        return number

    def _ask(self, number: int, stores: Stores, pending: PendingRequest, call: Call) -> tuple[Reply, tuple[Event, ...]]:
        self._holdings.put(stores)
        self._slots.holds(number, None)
        self.asked += 1
        try:
            reply, events = self._slots.send(wire_request(pending.request, call), replace(call, worker=number))
        except NoAnswer as failure:
            raise Unexplorable(failure.detail) from failure
        if any(isinstance(event, RequestFailed) for event in events):
            raise Unexplorable("a request had no whole answer")
        return reply, events

    def _audit(self, known: Served[Heard], memory: Memory, stores: Stores, pending: PendingRequest, call: Call) -> None:
        if self._served(memory, stores, pending, call) != known:
            raise Noisy("the same request to the same worker gave two different answers")


def _digest(*parts: str | bytes) -> str:
    digest = blake2b(digest_size=12)
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
