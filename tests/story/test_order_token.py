"""An order can be said aloud: from token to schedule and back without loss, mistakes with their reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import OrderError
from simulator.story.order_token import format_order, parse_order
from simulator.story.schedule import Action, Lifecycle, LoadMode, Schedule, Turn

LETTERS = {"a": "alice", "b": "bob", "c": "carol", "w": "world", "o": "operator"}


def _turns(*who: str) -> tuple[Turn, ...]:
    return tuple(Turn(user=user) for user in who)


@pytest.mark.parametrize(
    ("token", "schedule"),
    [
        ("2:abba", Schedule(workers=2, turns=_turns("alice", "bob", "bob", "alice"))),
        ("2:ab~sticky", Schedule(workers=2, turns=_turns("alice", "bob"), routing="sticky")),
        ("3:abc@2", Schedule(workers=3, turns=_turns("alice", "bob", "carol"), first=2)),
        (
            "2:a1b2a2",
            Schedule(
                workers=2,
                turns=(Turn(user="alice", worker=1), Turn(user="bob", worker=2), Turn(user="alice", worker=2)),
            ),
        ),
        (
            "2:aRC1K2w",
            Schedule(
                workers=2,
                turns=(
                    Turn(user="alice"),
                    Lifecycle(action=Action.RELOAD),
                    Lifecycle(action=Action.RECYCLE, worker=1),
                    Lifecycle(action=Action.KILL, worker=2),
                    Turn(user="world"),
                ),
            ),
        ),
        ("4:ab~random7", Schedule(workers=4, turns=_turns("alice", "bob"), routing="random", seed=7)),
        ("2:ab~per-worker", Schedule(workers=2, turns=_turns("alice", "bob"), load=LoadMode.PER_WORKER)),
        (
            "12:a12@3~sticky~seed5~per-worker",
            Schedule(
                workers=12,
                turns=(Turn(user="alice", worker=12),),
                first=3,
                routing="sticky",
                seed=5,
                load=LoadMode.PER_WORKER,
            ),
        ),
        ("1:", Schedule(workers=1, turns=())),
        (
            "2:ab~without-a2,a5,b1-3,b5",
            Schedule(
                workers=2,
                turns=_turns("alice", "bob"),
                without=(("alice", 2), ("alice", 5), ("bob", 1), ("bob", 2), ("bob", 3), ("bob", 5)),
            ),
        ),
    ],
)
def test_tokens_and_schedules_say_the_same(token: str, schedule: Schedule) -> None:
    assert parse_order(token, LETTERS) == schedule
    assert format_order(schedule, LETTERS) == token


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    workers = draw(st.integers(1, 11))
    worker = st.integers(1, workers)
    turn = st.builds(Turn, user=st.sampled_from(list(LETTERS.values())), worker=st.none() | worker)
    event = st.just(Lifecycle(action=Action.RELOAD)) | st.builds(
        Lifecycle, action=st.sampled_from([Action.RECYCLE, Action.KILL]), worker=worker
    )
    return Schedule(
        workers=workers,
        turns=tuple(draw(st.lists(turn | event, max_size=8))),
        routing=draw(st.sampled_from(["round-robin", "sticky", "random"])),
        first=draw(worker),
        load=draw(st.sampled_from(LoadMode)),
        seed=draw(st.integers(0, 2**40)),
        without=tuple(sorted(draw(st.sets(st.tuples(st.sampled_from(list(LETTERS.values())), st.integers(1, 12)))))),
    )


@given(schedules())
@settings(deadline=None)
def test_every_schedule_comes_back_from_its_token(schedule: Schedule) -> None:
    assert parse_order(format_order(schedule, LETTERS), LETTERS) == schedule


@given(st.text(alphabet="0123:abwoxRCK@~stickyrandomwithout-,", max_size=16))
@settings(deadline=None, max_examples=300)
def test_any_text_is_an_order_or_an_order_error(text: str) -> None:
    try:
        schedule = parse_order(text, LETTERS)
    except OrderError:
        return
    assert parse_order(format_order(schedule, LETTERS), LETTERS) == schedule


@pytest.mark.parametrize(
    ("token", "reason", "do"),
    [
        ("abba", "is not an order", "An order is written"),
        ("", "is not an order", ""),
        ("2:ab ba", "is not an order", ""),
        ("0:ab", "at least 1 worker", ""),
        ("2:axb", 'letter "x"', "a = alice"),
        ("2:a3", "there is no worker 3; workers are 1 to 2", ""),
        ("2:ab@3", "there is no worker 3", ""),
        ("2:a0", "there is no worker 0", ""),
        ("2:1a", "a letter comes before a number", ""),
        ("2:aR1", "for all workers", ""),
        ("2:aC", "needs the number", "C1 recycles"),
        ("2:ab~stick", '"~stick" is not known', "Did you mean sticky?"),
        ("2:ab~perworker", "is not known", "Did you mean per-worker?"),
        ("2:ab~sticky3", "is not known", ""),
        ("2:ab~without-", "names no line", "~without-a2,b1-3"),
        ("2:ab~without-a", "names no line", ""),
        ("2:ab~without-a0", "names no line", ""),
        ("2:ab~without-a3-2", "names no line", ""),
        ("2:ab~without-a1-99999999999", "names no line", ""),
        ("2:ab~without-x1", 'letter "x"', "a = alice"),
    ],
)
def test_mistakes_say_what_is_wrong(token: str, reason: str, do: str) -> None:
    with pytest.raises(OrderError) as caught:
        parse_order(token, LETTERS)
    assert reason in caught.value.what
    assert do in " ".join(caught.value.do)


def test_a_user_without_a_letter_is_an_error() -> None:
    with pytest.raises(OrderError, match="dan has no letter"):
        format_order(Schedule(workers=1, turns=_turns("dan")), LETTERS)
