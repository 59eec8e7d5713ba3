"""A history says what the record says, no less and no more."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import Any

import pytest
from tape import A1, A2, B1, W1, Tape, adds, reads, writes

from simulator.checkers.finding import Anomaly
from simulator.checkers.judge import find
from simulator.errors import RecordError
from simulator.events import Effect, Event, RunStarted
from simulator.history.from_events import AT_START, histories, history
from simulator.history.operation import Kind, Operation, Outcome
from simulator.story.keys import Key, KeyKind, Scope

PRICE = Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED)
HITS = Key(name="hits", kind=KeyKind.COUNTER, scope=Scope.SHARED)


def _reads(tape: Tape) -> list[Operation]:
    return [op for op in history(tape.end()).operations if op.kind is Kind.READ]


def test_the_articles_list_on_two_workers() -> None:
    tape = Tape()
    tape.send("alice", adds(A1), worker=1, url=f"/add/{A1}")
    tape.answer(f'["{A1}"]')
    tape.send("alice", reads(), worker=2)
    tape.answer("[]")
    found = history(tape.end())
    add, read = found.operations
    assert (add.kind, add.value, add.worker, add.load, add.outcome) == (Kind.ADD, A1, (1, 0), 1, Outcome.OK)
    assert (read.kind, read.value, read.worker, read.complete) == (Kind.READ, (), (2, 0), True)
    assert add.ended < read.began < read.ended
    assert found.labels == {A1: "alice-1"}
    assert found.workers == 2
    assert [(one.name, one.step) for one in find(found)] == [(Anomaly.LOST_WRITE, 2)]


@pytest.mark.parametrize(
    ("status", "expect", "outcome"),
    [
        (200, (), Outcome.OK),
        (204, (), Outcome.OK),
        (302, (), Outcome.OK),
        (409, (), Outcome.INFO),
        (409, (409,), Outcome.FAIL),
        (200, (200,), Outcome.FAIL),
        (404, (409,), Outcome.INFO),
        (500, (), Outcome.INFO),
    ],
)
def test_outcomes_follow_the_status_and_the_story(status: int, expect: tuple[int, ...], outcome: Outcome) -> None:
    tape = Tape()
    tape.send("alice", adds(A1), method="POST", expect=expect)
    tape.answer(status=status)
    (add,) = history(tape.end()).operations
    assert add.outcome is outcome


def test_a_request_without_an_answer_may_have_been_done() -> None:
    tape = Tape()
    tape.send("alice", adds(A1), reads())
    tape.fail()
    tape.send("bob", adds(B1))
    first, second = history(tape.events).operations
    assert (first.outcome, second.outcome) == (Outcome.INFO, Outcome.INFO)
    assert first.value == A1
    assert second.ended == tape.events[-1].t


def test_items_are_read_in_order_whatever_the_form() -> None:
    bodies = [
        f'["{A2}", "{A1}"]',
        f"<ul><li data-id='{A2}'><a href='/item?x={A2}'>{A2}</a><li>{A1}</ul>",
        f"{A2}%20{A1}",
        f"{A2}&quot;{A1}",
    ]
    tape = Tape()
    tape.send("alice", adds(A1), adds(A2))
    tape.answer()
    for body in bodies:
        tape.send("alice", reads())
        tape.answer(body)
    assert [read.value for read in _reads(tape)] == [(A2, A1)] * len(bodies)


def test_tokens_of_other_keys_are_not_items_of_this_one() -> None:
    tape = Tape(keys=(Key(name="cart"), Key(name="wishes")))
    tape.send("alice", adds(A1), adds(A2, "wishes"))
    tape.answer()
    tape.send("alice", reads("cart"), reads("wishes"))
    tape.answer(f"{A1} {A2} wsimaaaaaaaaaaaa")
    assert [(read.key, read.value) for read in _reads(tape)] == [("cart", (A1,)), ("wishes", (A2,))]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (f'["{A1}", "{A1}"]', (A1, A1)),
        (f'{{"rows": [{{"id": "{A1}"}}]}}', (A1,)),
        (f"<li id='{A1}'><a href='/{A1}'>{A1}</a><li>{A2}", (A1, A2)),
        (f"<li>{A1}</li><li>{A1}</li>", (A1, A1)),
        (f"<input value='{A1}'><script>var x = '{A1}'</script>", (A1,)),
        (f"{A2}\n{A1}\n{A1}\n", (A2, A1, A1)),
    ],
)
def test_lists_count_what_is_visible(body: str, value: tuple[str, ...]) -> None:
    tape = Tape(keys=(Key(name="log", kind=KeyKind.LIST),))
    tape.send("alice", adds(A1, "log"), adds(A2, "log"))
    tape.answer()
    tape.send("alice", reads("log"))
    tape.answer(body)
    assert [read.value for read in _reads(tape)] == [value]


def test_a_path_limits_what_is_read() -> None:
    tape = Tape()
    tape.send("alice", adds(A1), adds(A2))
    tape.answer()
    tape.send("alice", reads(path="data.cart"))
    tape.answer(json.dumps({"added": A1, "data": {"cart": [A2]}}))
    tape.send("alice", reads(path="data.cart"))
    tape.answer("not json")
    tape.send("alice", reads(path="data.cart"))
    tape.answer("{}")
    found = history(tape.end())
    assert [op.value for op in found.operations if op.kind is Kind.READ] == [(A2,)]
    assert [note.split(": ")[1] for note in found.notes] == [
        "the answer is not JSON",
        "the answer has nothing at data.cart",
    ]


def test_partial_and_cut_pages_prove_nothing_by_absence() -> None:
    tape = Tape()
    tape.send("alice", adds(A1), reads())
    tape.answer(A1, cut=True)
    tape.send("alice", reads(complete=False))
    tape.answer()
    assert [(read.value, read.complete) for read in _reads(tape)] == [((A1,), False), ((), False)]


def _register(body: str, *effects: Effect, key: Key = PRICE, user: str = "alice") -> tuple[list[Any], tuple[str, ...]]:
    """What a register read shows, after alice and bob wrote to it."""
    tape = Tape(keys=(key,))
    tape.send("alice", writes(A1))
    tape.answer()
    tape.send("bob", writes(B1))
    tape.answer()
    tape.send(user, *(effects or (reads("price"),)))
    tape.answer(body)
    found = history(tape.end())
    return [op.value for op in found.operations if op.kind is Kind.READ], found.notes


def test_a_register_shows_its_one_token_or_the_value_at_the_start() -> None:
    assert _register(f"the price is {A1}, yes {A1}")[0] == [A1]
    assert _register("the price is 10")[0] == [None]
    with_start = Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED, initial="10")
    assert _register("the price is 10", key=with_start)[0] == ["10"]
    assert _register("no price", key=with_start)[0] == [None]


def test_several_values_of_a_register_are_not_guessed() -> None:
    values, notes = _register(f"{A1} was replaced by {B1}")
    assert values == []
    assert "several values of price: say which" in notes[0]
    assert _register(json.dumps({"old": A1, "new": B1}), reads("price", "new"))[0] == [B1]


def test_of_a_private_register_the_readers_own_value_counts() -> None:
    private = Key(name="price", kind=KeyKind.REGISTER)
    assert _register(f"{A1} {B1}", key=private, user="bob")[0] == [B1]
    assert _register(f"{A1}", key=private, user="bob")[0] == [A1]


@pytest.mark.parametrize(
    ("body", "path", "number"),
    [
        ("7", "", 7),
        ("You are visitor 1,234,567.", "", 1_234_567),
        ("<h1 id='x9'>Visits&#58;</h1><style>p{margin:3px}</style> -12", "", -12),
        (f"{A1} 9", "", 9),
        ('{"hits": {"total": 8}, "id": 3}', "hits.total", 8),
        ('{"name": "a1", "hits": 8}', "", 8),
        ('["4"]', "0", 4),
        ('["4"]', "", 4),
        ('{"on": true, "hits": 2.0}', "", 2),
        ("no number", "", None),
        ('{"hits": "many"}', "hits", None),
        ('{"hits": true}', "hits", None),
        ("[]", "3", None),
    ],
)
def test_counters_show_a_number(body: str, path: str, number: int | None) -> None:
    tape = Tape(keys=(HITS,))
    tape.send("alice", reads("hits", path))
    tape.answer(body)
    found = history(tape.end())
    assert [op.value for op in found.operations] == ([] if number is None else [number])
    assert bool(found.notes) == (number is None)


def test_increments_answer_their_number_at_a_path_or_where_the_request_shows_the_counter() -> None:
    tape = Tape(keys=(HITS,))
    for effects in (
        (Effect(kind="increment", key="hits", value=1, path="n"),),
        (Effect(kind="increment", key="hits", value=1), reads("hits", "n")),
        (Effect(kind="increment", key="hits", value=1),),
        (Effect(kind="increment", key="hits", value=1, path="m"),),
    ):
        tape.send("alice", *effects)
        tape.answer('{"n": 5}')
    found = history(tape.end())
    assert [op.result for op in found.operations if op.kind is Kind.INCREMENT] == [5, 5, None, None]
    assert len(found.notes) == 1


def test_what_the_story_itself_saw_counts() -> None:
    tape = Tape(keys=(PRICE,))
    tape.send("alice", writes(A1), reads("price"))
    tape.answer("<canvas>")
    tape.sees("price", A1)
    assert [read.value for read in _reads(tape)] == [A1]


def test_compressed_answers_are_read_or_said_to_be_unreadable() -> None:
    tape = Tape()
    tape.send("alice", adds(A1))
    tape.answer()
    tape.send("alice", reads())
    tape.answer(gzip.compress(A1.encode()), headers=(("Content-Encoding", "gzip"),))
    tape.send("alice", reads())
    tape.answer(b"\x0b\x02", headers=(("content-encoding", "br"),))
    found = history(tape.end())
    assert [op.value for op in found.operations if op.kind is Kind.READ] == [(A1,)]
    assert "compressed" in found.notes[0]
    assert found.answers[1].shown == (A1,)


def test_a_redirect_after_a_post_is_done_there_and_read_where_it_leads() -> None:
    tape = Tape()
    tape.send("alice", adds(A1), reads(), method="POST", worker=1)
    tape.answer(status=303, headers=(("location", "/view"),))
    tape.send("alice", reads(), worker=2, composed=True)
    tape.answer(A1)
    add, read = history(tape.end()).operations
    assert (add.kind, add.step, add.worker) == (Kind.ADD, 1, (1, 0))
    assert (read.kind, read.step, read.worker, read.value) == (Kind.READ, 2, (2, 0), (A1,))


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_that_repeats_the_request_is_done_where_it_leads(status: int) -> None:
    tape = Tape()
    began = tape.now()
    tape.send("alice", adds(A1), url="/add", worker=1, expect=(409,))
    tape.answer(status=status)
    tape.send("bob", adds(B1), worker=1)
    tape.answer()
    tape.send("alice", worker=2, url="/add/", composed=True)
    tape.answer(status=409)
    by_value = {op.value: op for op in history(tape.end()).operations}
    assert (by_value[A1].began, by_value[A1].worker, by_value[A1].outcome) == (began, (2, 0), Outcome.FAIL)
    assert len(by_value) == 2


def test_a_redirect_that_the_story_expects_as_a_refusal_is_one() -> None:
    tape = Tape()
    tape.send("alice", adds(A1), expect=(308,))
    tape.answer(status=308)
    tape.send("alice", composed=True)
    tape.answer()
    assert [op.outcome for op in history(tape.end()).operations] == [Outcome.FAIL]


def test_an_answer_without_a_body_shows_nothing() -> None:
    tape = Tape()
    for method, status in (("HEAD", 200), ("GET", 304), ("GET", 302)):
        tape.send("alice", reads(), method=method)
        tape.answer(status=status)
    assert _reads(tape) == []


def test_answers_that_went_wrong_are_neither_read_nor_complained_about() -> None:
    tape = Tape(keys=(HITS,))
    tape.send("alice", Effect(kind="increment", key="hits", value=1, path="n"), reads("hits", "n"))
    tape.answer('{"n": 500}', status=500)
    tape.send("alice", Effect(kind="increment", key="hits", value=1, path="n"), reads("hits", "n"))
    tape.answer("sorry", status=500)
    found = history(tape.end())
    assert [op.result for op in found.operations] == [None, None, None]
    assert {op.outcome for op in found.operations} == {Outcome.INFO}
    assert found.notes == ()


def test_a_value_that_somebody_wrote_for_another_belongs_to_the_other() -> None:
    tape = Tape(keys=(Key(name="price", kind=KeyKind.REGISTER),))
    tape.send("bob", writes(B1, of="alice"))
    tape.answer()
    tape.send("bob", writes(W1))
    tape.answer()
    for user in ("alice", "bob"):
        tape.send(user, reads("price"))
        tape.answer(f"{W1} {B1}")
    assert [read.value for read in _reads(tape)] == [B1, W1]


def test_a_redirect_that_nobody_follows_leaves_it_open() -> None:
    tape = Tape()
    tape.send("alice", adds(A1))
    tape.answer(status=308)
    tape.send("alice", adds(A2))
    tape.answer(status=308)
    found = history(tape.end())
    assert [(op.value, op.outcome) for op in found.operations] == [(A1, Outcome.INFO), (A2, Outcome.INFO)]
    assert [answer.step for answer in found.answers] == [1, 2]


def test_the_world_is_a_user_and_loads_are_intervals() -> None:
    tape = Tape(keys=(PRICE,))
    tape.world(writes(W1))
    tape.reload(2)
    tape.send("alice", reads("price"), worker=2)
    tape.answer(W1)
    found = history(tape.end())
    write, read = found.operations
    assert (write.user, write.of, write.worker, write.outcome) == ("world", "world", None, Outcome.OK)
    assert write.began < write.ended
    assert (read.worker, read.load) == ((2, 1), 2)
    assert {number: (load.began, load.ended) for number, load in found.loads.items()} == {1: (0.5, 1.0), 2: (5.5, 6.0)}
    assert found.labels == {W1: "world-1"}


def test_a_worker_that_was_replaced_is_another_worker_and_no_pid_makes_runs_differ() -> None:
    def run(first_pid: int) -> Tape:
        tape = Tape(first_pid=first_pid)
        tape.send("alice", reads(), worker=1)
        tape.answer()
        tape.start(1, 1, 1)
        tape.send("alice", reads(), worker=1)
        tape.answer()
        return tape

    one, other = run(100), run(4000)
    assert [read.worker for read in _reads(one)] == [(1, 0), (1, 1)]
    assert history(one.events) == history(other.end())


def test_servers_whose_workers_are_not_known() -> None:
    tape = Tape()
    tape.send("alice", reads(), worker=None)
    tape.answer()
    tape.send("alice", reads(), worker=7)
    tape.answer()
    assert [(read.worker, read.load) for read in _reads(tape)] == [(None, None), ((7, 0), None)]


def test_answers_show_tokens_anywhere_and_composed_requests_send_none() -> None:
    tape = Tape()
    tape.send(
        "alice",
        adds(A1),
        method="POST",
        url=f"/x?next={A1}",
        body=f"a={A2}&b={A1}".encode(),
        headers=(("x-note", B1), ("cookie", f"cart={W1}")),
    )
    tape.answer(status=303, headers=(("location", f"/view/{A1}"),))
    tape.send("alice", composed=True, url=f"/view/{A1}")
    tape.answer(f"{A2}", headers=(("set-cookie", f"last={B1}"),))
    first, second = history(tape.end()).answers
    assert (first.sent, first.shown) == ((A1, B1, A2), (A1,))
    assert (second.sent, second.shown) == ((), (B1, A2))


def test_a_failed_request_was_sent_all_the_same() -> None:
    tape = Tape()
    tape.send("bob", url=f"/search?q={A1}")
    tape.fail()
    (answer,) = history(tape.end()).answers
    assert (answer.sent, answer.shown, answer.user) == ((A1,), (), "bob")


def test_sharing_a_whole_key_shares_each_of_its_values() -> None:
    tape = Tape()
    tape.send("alice", adds(A1))
    tape.answer()
    tape.send("alice", Effect(kind="share", key="cart", to="bob"))
    tape.answer()
    tape.send("alice", adds(A2))
    tape.answer()
    tape.send("bob", adds(B1), reads())
    tape.answer(f"{A1} {A2} {B1}")
    found = history(tape.end())
    assert {(op.value, op.to) for op in found.operations if op.kind is Kind.SHARE} == {(A1, "bob"), (A2, "bob")}
    assert find(found) == ()


def test_a_save_is_based_on_what_its_user_was_shown_last() -> None:
    tape = Tape(keys=(Key(name="price", kind=KeyKind.DOCUMENT, scope=Scope.SHARED, cas=True),))
    for user in ("alice", "bob"):
        tape.send(user, reads("price"))
        tape.answer("empty")
    for user, value in (("alice", A1), ("bob", B1), ("alice", A2)):
        tape.send(user, writes(value))
        tape.answer()
        tape.send(user, reads("price"))
        tape.answer(value)
    saves = [op for op in history(tape.end()).operations if op.kind is Kind.WRITE]
    assert [save.based_on for save in saves] == [AT_START, AT_START, A1]
    assert [one.name for one in find(history(tape.events))] == [Anomaly.LOST_UPDATE]


def test_a_save_has_no_base_in_a_page_that_came_later() -> None:
    """Two tabs: the page was asked for before the save, and came after it began."""
    tape = Tape(keys=(Key(name="price", kind=KeyKind.DOCUMENT, scope=Scope.SHARED, cas=True),))
    early, late = tape.send("alice", reads("price")), tape.send("alice", reads("price"))
    tape.answer("empty", step=late)
    tape.answer("empty", step=early)
    tape.send("alice", writes(A1))
    tape.answer()
    tab = tape.send("alice", reads("price"))
    tape.send("alice", writes(A2))
    tape.answer()
    tape.answer(A1, step=tab)
    saves = [op for op in history(tape.end()).operations if op.kind is Kind.WRITE]
    assert [save.based_on for save in saves] == [AT_START, None]


def test_of_two_overlapping_pages_the_one_that_came_last_is_the_base() -> None:
    tape = Tape(keys=(Key(name="price", kind=KeyKind.DOCUMENT, scope=Scope.SHARED, cas=True),))
    early, late = tape.send("alice", reads("price")), tape.send("alice", reads("price"))
    tape.answer("empty", step=late)
    tape.world(writes(W1))
    tape.answer(W1, step=early)
    tape.send("alice", writes(A1))
    tape.answer()
    saves = [op for op in history(tape.end()).operations if op.kind is Kind.WRITE and op.user == "alice"]
    assert [save.based_on for save in saves] == [W1]


def test_without_declarations_tokens_still_give_leaks() -> None:
    tape = Tape(keys=())
    tape.send("alice", adds(A1, "notes"))
    tape.answer()
    tape.send("bob")
    tape.answer(A1)
    found = history(tape.end())
    assert found.keys == {"notes": Key(name="notes")}
    assert [one.name for one in find(found)] == [Anomaly.LEAK]


def test_each_run_of_a_record_has_its_history() -> None:
    first, second = Tape(), Tape()
    first.send("alice", adds(A1))
    first.answer()
    second.send("bob", adds(B1))
    events: list[Event] = [*first.end(), *second.events]
    one, other = histories(events)
    assert [op.value for op in one.operations] == [A1]
    assert [(op.value, op.outcome) for op in other.operations] == [(B1, Outcome.INFO)]
    with pytest.raises(ValueError):
        history(events)
    assert histories([]) == ()


def test_keys_that_cannot_be_are_damage_of_the_record() -> None:
    tape = Tape()
    started = tape.events[0]
    assert isinstance(started, RunStarted)
    for keys in ({"name": "x", "kind": "heap"}, {"nome": "x"}):
        with pytest.raises(RecordError, match="keys of run 1"):
            history([replace(started, keys=(keys,))])
