"""play(): what is pressed is what happens, it is told truly, and it replays exactly."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Condition, Event, Lock, Thread
from time import sleep
from typing import Any

import pytest

from goqueue.races import Crashes, Game, explore, play, replay
from goqueue.races.search.by_hand import Standing, at_random

from ..litmus.programs import NAMED
from ..search.test_polling import sleeps_too_long


def run(**named: Callable[[], object]) -> None:
    threads = [Thread(target=function, name=name) for name, function in named.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def two_clerks() -> None:
    stock = {"atlas": 10}

    def sell() -> None:
        stock["atlas"] -= 1

    run(Ann=sell, Bob=sell)
    assert stock["atlas"] == 8


def two_locks() -> None:
    stock, till = Lock(), Lock()

    def sell() -> None:
        with stock, till:
            pass

    def refund() -> None:
        with till, stock:
            pass

    run(Ann=sell, Bob=refund)


def presses(game: Game, *names: str) -> Game:
    for name in names:
        game.step(name)
    return game


def stands(game: Game) -> dict[str, Standing]:
    return {one.name: one for one in game.threads}


def test_a_sale_is_lost_by_hand() -> None:
    game = presses(play(two_clerks), "Ann", "Bob")
    assert game.preemptions == 1
    assert stands(game)["Ann"].next == stands(game)["Bob"].next == "writes stock['atlas']"
    assert presses(game, "Bob", "Ann").state == {"stock": "{'atlas': 9}"}
    assert game.able == ("main",)
    presses(game, "main", "main", "main")
    assert game.verdict == "failed assertion"
    assert repr(game).splitlines()[:1] == ["two_clerks, after 7 presses with 1 preemption"]
    assert repr(game).endswith(f'The same run: replay(two_clerks, "{game.schedule}")')


def test_who_waits_for_what_is_told_and_who_has_it() -> None:
    game = presses(play(two_locks), "Ann")
    assert stands(game)["main"].waits == "waits for Ann to end"
    assert stands(game)["Ann"].next == "takes till"
    presses(game, "Bob")
    assert game.verdict == "deadlock"
    assert "Ann waits for till, which Bob has" in repr(game)
    assert "last: Bob takes till\n" in repr(game)  # and not what the others wait for
    assert "nobody will" not in repr(game.undo())


def test_a_thread_that_cannot_go_on_is_refused_with_the_reason() -> None:
    game = play(two_clerks)
    with pytest.raises(ValueError, match="'main' cannot be pressed: it waits for Ann to end; these can: 'Ann', 'Bob'"):
        game.step("main")
    with pytest.raises(ValueError, match="'Eve' cannot be pressed: it is not there"):
        game.step("Eve")
    with pytest.raises(ValueError, match="interrupts=1"):
        game.interrupt()
    with pytest.raises(ValueError, match="crashes=Crashes"):
        game.crash()
    assert game.verdict is None
    with pytest.raises(ValueError, match="the run is over"):
        game.show_failing().step("Ann")


def test_undo_and_reset_go_back() -> None:
    game = play(two_clerks)
    first = repr(game)
    second = repr(game.step("Bob"))
    assert repr(presses(game, "Ann").undo()) == second
    assert repr(game.undo()) == repr(game.undo()) == first
    assert repr(presses(game, "Ann", "Ann").reset()) == first


def test_what_is_asked_is_answered_honestly() -> None:
    game = play(two_clerks)
    assert game.is_there_one().yes is True
    assert game.show_failing().verdict == "failed assertion"
    assert game.preemptions == 1
    assert game.undo().verdict is None
    right = play(locked)
    assert (right.is_there_one().yes, right.show_failing().verdict) == (False, None)
    assert repr(right.is_there_one()) == f"No order fails: exhausted, {explore(locked).schedules} schedules."
    small = play(locked, schedules=1)
    assert small.is_there_one().yes is None
    assert "not known" in repr(small.is_there_one())


def locked() -> None:
    stock, lock = {"atlas": 10}, Lock()

    def sell() -> None:
        with lock:
            stock["atlas"] -= 1

    run(Ann=sell, Bob=sell)
    assert stock["atlas"] == 8


def pressed_at_random(game: Game, seed: int) -> Game:
    """Press threads at random until the run is over, or is long."""
    chance = random.Random(seed)
    for _ in range(12):
        if game.verdict is not None:
            break
        game.step(chance.choice(game.able))
    return game


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_was_played_replays_exactly(name: str) -> None:
    """A whole run of presses at random: the same as a game, in one go."""
    model = NAMED[name].broken
    game = play(model, schedules=20, steps=600)
    played = game.bench.play(at_random(name))
    again = replay(model, played.schedule, steps=600)
    assert again.schedule == played.schedule
    assert again.verdict == played.verdict or (played.verdict, again.verdict) == ("passed", "data race")


def test_a_run_that_is_not_over_goes_on_as_usual_when_it_is_replayed() -> None:
    game = presses(play(two_clerks), "Bob", "Ann")
    found = replay(two_clerks, game.schedule)
    assert (found.verdict, found.schedule) == ("failed assertion", game.schedule)


def gives_up() -> None:
    answered, seen = Event(), list[bool]()

    def answer() -> None:
        sleep(5)
        answered.set()

    def ask() -> None:
        seen.append(answered.wait(2))

    run(partner=answer, clerk=ask)
    assert seen == [True]


def test_the_clock_jumps_when_all_wait_and_deadlines_are_told() -> None:
    game = presses(play(gives_up), "partner")
    assert stands(game)["partner"].waits == "sleeps until 5 s"
    presses(game, "clerk")
    assert game.able == ("clerk",)  # both wait, so the clock has gone to 2 s
    assert game.played.now is not None
    assert game.played.now.time == 2.0
    assert game.preemptions == 0


def notified() -> None:
    changed, jobs = Condition(), list[str]()

    def work() -> None:
        with changed:
            while not jobs:
                changed.wait()

    def submit() -> None:
        with changed:
            jobs.append("job")
            changed.notify()

    run(worker=work, producer=submit)


def test_a_wait_on_a_condition_is_not_said_to_be_for_ever() -> None:
    game = presses(play(notified), "worker")
    assert stands(game)["worker"].waits == "waits on changed until somebody notifies it"


def test_steps_that_were_not_known_are_found_while_it_is_played() -> None:
    def rarely() -> None:
        first, seen = list[str](), list[int]()
        count = {"n": 0}

        def one() -> None:
            first.append("one")
            if first[0] == "two":
                count["n"] += 1
            seen.append(1)

        def two() -> None:
            first.append("two")
            if first[0] == "two":
                count["n"] += 1

        run(one=one, two=two)

    game = play(rarely, schedules=1)
    for seed in range(3):
        pressed_at_random(game.reset(), seed)
        assert replay(rarely, game.schedule).schedule == game.schedule
    assert repr(game.reset().undo()).startswith("rarely, after 0 presses")


def stock_taking() -> None:
    lock = Lock()
    lock.acquire()
    counted = {"atlas": 1}
    thread = Thread(target=lambda: counted.update(atlas=2), name="Bob")
    thread.start()
    counted["atlas"] = 3
    thread.join()
    lock.release()


def test_ctrl_c_is_a_move() -> None:
    game = play(stock_taking, interrupts=1)
    while "counted[" not in stands(game)["main"].line:
        game.step("main")
    game.interrupt()
    while game.verdict is None:
        game.step(game.able[0])
    assert game.verdict == "failed assertion"
    assert "was interrupted, and never gives back lock" in repr(game)
    found = replay(stock_taking, game.schedule)
    assert (found.verdict, found.schedule) == (game.verdict, game.schedule)
    assert game.schedule.startswith("i")
    with pytest.raises(ValueError, match="Ctrl-C cannot come now"):
        game.undo().interrupt()


def taking() -> None:
    lock = Lock()
    lock.acquire()
    len("report")
    lock.release()


def test_main_stops_between_two_steps_because_ctrl_c_may_come_there() -> None:
    game = play(taking, interrupts=1)
    while "report" not in stands(game)["main"].line:
        game.step("main")
    assert game.interrupt().verdict == "failed assertion"
    assert replay(taking, game.schedule).schedule == game.schedule
    assert len(play(taking).played.situations) == 0  # and nowhere if Ctrl-C is no move


def test_ctrl_c_reaches_main_where_it_waits() -> None:
    game = play(stock_taking, interrupts=1)
    while not stands(game)["main"].waits:
        game.step("main")
    assert stands(game)["main"].waits == "waits for Bob to end"
    game.interrupt()
    assert repr(game).splitlines()[1].startswith("last: main Ctrl-C comes here")
    assert replay(stock_taking, game.schedule).schedule == game.schedule


def paid_then_sent(kept: dict[str, Any]) -> None:
    kept["paid"] = True
    kept["sent"] = True


def test_a_crash_is_a_move_and_recovery_runs() -> None:
    def recover(kept: dict[str, Any]) -> None:
        assert kept.get("paid") == kept.get("sent")

    crashes = Crashes(dict, recover)
    game = play(paid_then_sent, crashes=crashes)
    verdicts = []
    while game.verdict is None:
        verdicts.append(game.crash().verdict)
        assert replay(paid_then_sent, game.schedule, crashes=crashes).schedule == game.schedule
        game.undo().step("main")
    assert verdicts == ["passed", "failed assertion"]
    assert game.is_there_one().yes
    assert game.show_failing().verdict == "failed assertion"
    assert game.undo().verdict is None
    assert game.crash().verdict == "failed assertion"


def test_a_clock_that_moves_while_a_thread_polls_moves_here_too() -> None:
    game = play(sleeps_too_long).show_failing()
    assert game.verdict == "failed assertion"
    assert ".tick-" in game.schedule
    assert replay(sleeps_too_long, game.schedule).verdict == "failed assertion"
