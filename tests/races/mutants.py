"""Mistakes in the reduction, the clocks, the doubles and the hooks, each of which some program must show.

A mutant patches one thing while its context lasts. `test_mutants.py` shows that the differential test, the oracle or a
program of the fixed list sees it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

import pytest

from goqueue.races.doubles import clock, factories, locks, simple_queues, threads, waits
from goqueue.races.engine.active import here
from goqueue.races.engine.happens_before import Races, join
from goqueue.races.engine.identity import identity
from goqueue.races.engine.log import Log
from goqueue.races.engine.run import Run
from goqueue.races.engine.sections import Locked, Section
from goqueue.races.engine.words import ENDS_SEEN, GIVE, HANDED_OVER, LOCK, POLLED, PULSED, READ, UNLOCK, WRITE
from goqueue.races.search import history, reduction
from goqueue.races.search.history import History
from goqueue.races.search.reduction import Reduction
from goqueue.races.watch.hooks import attributes, containers, hooks, sections
from goqueue.races.watch.rewriting.compiling import OURS

Patch = pytest.MonkeyPatch
MUTANTS: dict[str, Callable[[Patch], None]] = {}


def mutant(change: Callable[[Patch], None]) -> Callable[[Patch], None]:
    """Register a mutant by its name."""
    MUTANTS[change.__name__] = change
    leave_unwatched(change.__code__)
    return change


def leave_unwatched(code: CodeType) -> None:
    """Let the lab take code for its own. It would watch it as a part of the model, and so see what the mutant hides."""
    OURS[identity(code)] = code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            leave_unwatched(constant)


@contextlib.contextmanager
def applied(name: str) -> Iterator[None]:
    """Apply a mutant meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[name](patch)
        yield


# -- what depends on what --------------------------------------------------------------------------------


def dependent_but(patch: Patch, excused: Callable[[Any, Any], bool]) -> None:
    """Let some pairs of operations seem independent."""
    real = history.dependent

    def dependent(one: Any, other: Any) -> bool:
        return real(one, other) and not excused(one, other)

    patch.setattr(history, "dependent", dependent)
    patch.setattr(reduction, "dependent", dependent)


@mutant
def two_writes_of_a_key_are_independent(patch: Patch) -> None:
    """Nothing else is missed: two writes without a read between."""
    dependent_but(patch, lambda one, other: one[1] is WRITE and other[1] is WRITE and one[2] is not None)


@mutant
def a_whole_container_and_its_keys_are_independent(patch: Patch) -> None:
    """A write of all of it beside the read of one key."""
    dependent_but(patch, lambda one, other: (one[2] is None) != (other[2] is None))


@mutant
def a_write_before_a_read_is_independent(patch: Patch) -> None:
    """Only one of the two directions is seen."""
    dependent_but(patch, lambda one, other: one[1] is READ and other[1] is WRITE)


@mutant
def two_locks_taken_are_independent(patch: Patch) -> None:
    """Who comes first does not matter."""
    dependent_but(patch, lambda one, other: one[1] is LOCK and other[1] is LOCK)


@mutant
def a_poll_and_a_release_are_independent(patch: Patch) -> None:
    """A lock that is tried without waiting is never found free."""
    dependent_but(patch, lambda one, other: UNLOCK in (one[1], other[1]))


@mutant
def a_release_by_another_is_an_ordinary_release(patch: Patch) -> None:
    """A lock may be given back before it is taken."""
    dependent_but(patch, lambda one, other: GIVE in (one[1], other[1]) and LOCK in (one[1], other[1]))


# -- critical sections that are one step -----------------------------------------------------------------


@mutant
def sections_touch_nothing_in_common(patch: Patch) -> None:
    """Two sections of one lock have one order."""
    patch.setattr(Locked, "meets", lambda one, other: False)


@mutant
def what_is_called_in_a_section_is_seen(patch: Patch) -> None:
    """A function that is not watched, and may touch anything."""
    patch.setattr(sections, "call_inside", lambda run, function, args=(): None)


@mutant
def what_is_looked_up_in_a_section_is_seen(patch: Patch) -> None:
    """A property of the library, which may read anything."""
    patch.setattr(sections, "look_inside", lambda run, kind, name: None)


@mutant
def what_came_before_a_section_belongs_to_it(patch: Patch) -> None:
    """An access before the lock was taken seems to be guarded by it."""
    patch.setattr(
        Run, "begin_section", lambda run, serial, before: setattr(run.current, "section", Section(serial, before))
    )


@mutant
def any_lock_guards(patch: Patch) -> None:
    """Two sections of different locks seem to be ordered."""

    def follows(races: Races, section: Section, index: int, moment: int, clock: Any) -> bool:
        serial, known = races._run.sections.get((index, moment), (0, []))
        join(clock, known)
        return serial != 0

    patch.setattr(Races, "_follows", follows)


@mutant
def a_section_learns_of_all_before(patch: Patch) -> None:
    """A race beside sections that have nothing in common is hidden by their order."""
    real = Run.begin_section

    def begin(run: Run, serial: int, before: Any) -> None:
        join(run.current.clock, before)
        real(run, serial, before)

    patch.setattr(Run, "begin_section", begin)


@mutant
def an_open_section_learns_nothing(patch: Patch) -> None:
    """It seems to race with the sections before."""
    patch.setattr(Run, "open_section", lambda run: setattr(run.current, "section", None))


@mutant
def serials_mean_the_same_in_all_runs(patch: Patch) -> None:
    """A section that sleeps is compared with sections of other runs."""
    patch.setattr(
        reduction, "done_at", lambda run, step, node: run.log.events[step][1] if step < len(run.log.events) else None
    )


# -- the reduction ---------------------------------------------------------------------------------------


@mutant
def the_sleep_set_is_never_woken(patch: Patch) -> None:
    """A task sleeps on, whatever the others do."""

    def asleep(self: Any) -> dict[int, Any]:
        if not self._stack:
            return {}
        node = self._stack[-1]
        return {index: op for index, op in node.sleep.items() if index != node.chosen}

    patch.setattr(Reduction, "_asleep", asleep)


@mutant
def pending_steps_are_forgotten(patch: Patch) -> None:
    """What a task in a deadlock was about to do is not turned round."""
    patch.setattr(History, "pending", lambda *args: None)


@mutant
def daemons_that_were_cut_off_are_forgotten(patch: Patch) -> None:
    """The end of the run comes as early as it came first."""
    real = Run.stop

    def stop(self: Run) -> None:
        real(self)
        self.log.cut_off = []

    patch.setattr(Run, "stop", stop)


@mutant
def only_the_latest_pair_is_turned_round(patch: Patch) -> None:
    """An earlier step that is unordered too is left as it is."""
    real = History._races

    def races(self: Any, index: int, task: int, op: Any, clock: Any, turn_round: Any) -> Any:
        turned: list[int] = []

        def once(earlier: int, first: list[int], who: int) -> bool:
            turned.append(earlier)
            return bool(turn_round(earlier, first, who)) if len(turned) == 1 else True

        return real(self, index, task, op, clock, once)

    patch.setattr(History, "_races", races)


@mutant
def the_wrong_task_goes_first(patch: Patch) -> None:
    """The later task itself is tried, although another must go before it."""
    patch.setattr(History, "_first", lambda self, earlier, index, task, clock: [task])


@mutant
def hot_locations_do_not_restart_the_search(patch: Patch) -> None:
    """A race makes nothing hot."""
    real = Run.stop

    def stop(self: Run) -> None:
        real(self)
        self.wanted.clear()

    patch.setattr(Run, "stop", stop)


# -- the log of a run ------------------------------------------------------------------------------------


@mutant
def releases_are_forgotten(patch: Patch) -> None:
    """Every step that took a lock could have come before its release."""
    patch.setattr(Log, "took", lambda self, serial: None)


@mutant
def a_wake_up_needs_no_notification(patch: Patch) -> None:
    """The step in which a wait ended could have come before the notification."""
    patch.setattr(Log, "was_enabled_by", lambda self, index: None)


@mutant
def ends_are_not_seen(patch: Patch) -> None:
    """A join could have come before the end, and knows nothing of it."""
    patch.setattr(Run, "sees_end", lambda self, task: None)


# -- happens-before --------------------------------------------------------------------------------------


@mutant
def all_clocks_know_all(patch: Patch) -> None:
    """What one publishes into a lock tells of the others, too: races stay unseen."""
    real = Run.publish

    def publish(self: Run, known: Any) -> None:
        for task in self.tasks:
            known.extend([0] * (task.index + 1 - len(known)))
            if task.index < len(task.clock):
                known[task.index] = max(known[task.index], task.clock[task.index])
        real(self, known)

    patch.setattr(Run, "publish", publish)


@mutant
def reads_do_not_race(patch: Patch) -> None:
    """Only two writes are a race."""
    real = Races.note

    def note(self: Any, task: Any, place: Any, mode: Any, *rest: Any) -> None:
        if mode is WRITE:
            real(self, task, place, mode, *rest)

    patch.setattr(Races, "note", note)


@mutant
def the_count_stands_still_at_a_release(patch: Patch) -> None:
    """What a thread does after a release seems known to the one that took the lock."""

    def publish(self: Run, known: Any) -> None:

        join(known, self.current.clock)

    patch.setattr(Run, "publish", publish)


@mutant
def a_new_thread_knows_the_future(patch: Patch) -> None:
    """What its parent does after the start seems known to it."""
    real = Run.add

    def add(self: Run, *args: Any) -> Any:
        task = real(self, *args)
        if len(self.tasks) > 1:
            task.clock[self.current.index] += 1_000
        return task

    patch.setattr(Run, "add", add)


# -- the doubles -----------------------------------------------------------------------------------------


@mutant
def a_simple_queue_is_only_read(patch: Patch) -> None:
    """Which item comes first, and who takes it, seems to depend on nothing."""
    real = simple_queues.SimpleQueue._come

    def come(self: Any, run: Run, mode: Any, *options: Any) -> None:
        real(self, run, READ, *options)

    patch.setattr(simple_queues.SimpleQueue, "_come", come)


def never_hot(patch: Patch, what: Any) -> None:
    """Let one sort of operation never become a step."""
    real = Run.visible

    def visible(self: Run, op: Any, *, hot: Any = None, **options: Any) -> None:
        real(self, op, hot=("never", None) if hot == what or (hot and hot[0] == what) else hot, **options)

    patch.setattr(Run, "visible", visible)


@mutant
def releases_are_never_steps(patch: Patch) -> None:
    """A lock that is polled seems to be taken until the holder's next step."""
    never_hot(patch, POLLED)


@mutant
def ends_are_never_steps(patch: Patch) -> None:
    """is_alive() sees the end only at another step."""
    never_hot(patch, ENDS_SEEN)


@mutant
def the_start_of_a_wait_is_never_a_step(patch: Patch) -> None:
    """An event that is set and cleared is seen only by those who wait already."""
    never_hot(patch, PULSED)


@mutant
def a_lock_given_by_another_is_never_a_step(patch: Patch) -> None:
    """A release comes only right after what the thread did before."""
    never_hot(patch, HANDED_OVER)


@mutant
def a_timeout_never_ends_a_wait_for_a_lock(patch: Patch) -> None:
    """acquire(timeout=1) waits for ever."""
    patch.setattr(locks.Lock, "_is_free_or_due", locks.Lock._is_free)


@mutant
def the_waiting_are_woken_last_first(patch: Patch) -> None:
    """notify() wakes the one that came last."""
    real = waits.condition_notify

    def notify(given: Any, self: Any, n: int = 1) -> None:
        self._waiters.reverse()
        real(given, self, n)

    patch.setitem(threads.METHODS[threading.Condition], "notify", notify)


@mutant
def a_wait_keeps_the_lock(patch: Patch) -> None:
    """A condition's lock stays taken while a thread waits."""
    patch.setattr(locks.Lock, "give_all", lambda self, run, what: 1)
    patch.setattr(locks.Lock, "take_back", lambda self, run, times: None)


@mutant
def an_event_wakes_only_one(patch: Patch) -> None:
    """set() lets the first waiting thread go on."""
    real = waits.change_event

    def change(given: Any, event: Any, to: bool) -> None:
        run = here()
        flag = None if run is None else waits.flag_of(run, event)
        kept = flag.waiting[1:] if flag is not None and to else []
        if flag is not None and to:
            del flag.waiting[1:]
        real(given, event, to)
        if flag is not None:
            flag.waiting += kept

    patch.setattr(waits, "change_event", change)


@mutant
def a_reentrant_lock_is_free_at_its_first_release(patch: Patch) -> None:
    """RLock.release() gives all of it back."""
    real = locks.RLock.release

    def release(self: Any) -> None:
        self.times = 1
        real(self)

    patch.setattr(locks.RLock, "release", release)


@mutant
def sleeping_takes_no_step(patch: Patch) -> None:
    """time.sleep() returns at once."""
    patch.setitem(factories.CLOCK, clock.REAL["sleep"], lambda seconds: None)


# -- the hooks -------------------------------------------------------------------------------------------


def unseen(patch: Patch, name: str, plain: Callable[..., Any]) -> None:
    """Let a hook do what the code asked for, and tell nobody."""
    patch.setitem(hooks.HOOKS, name, plain)


@mutant
def attributes_are_read_unseen(patch: Patch) -> None:
    """thing.name"""
    unseen(patch, "load", lambda thing, name, site: getattr(thing, name))


@mutant
def attributes_are_written_unseen(patch: Patch) -> None:
    """thing.name = value"""
    unseen(patch, "store", lambda value, thing, name, site: setattr(thing, name, value))


@mutant
def items_are_read_unseen(patch: Patch) -> None:
    """thing[key]"""
    unseen(patch, "item", lambda thing, key, text, site: thing[key])


@mutant
def items_are_written_unseen(patch: Patch) -> None:
    """thing[key] = value"""

    def put(value: Any, thing: Any, key: Any, text: str, site: int) -> None:
        thing[key] = value

    unseen(patch, "put", put)


@mutant
def membership_is_unseen(patch: Patch) -> None:
    """key in thing"""
    unseen(patch, "contains", lambda key, thing, text, site: key in thing)


@mutant
def variables_are_read_unseen(patch: Patch) -> None:
    """A captured or global name."""
    unseen(patch, "touch", lambda token, name, site: None)


@mutant
def loops_are_one_step(patch: Patch) -> None:
    """for … in thing"""
    unseen(patch, "walk", lambda thing, text, site: thing)


@mutant
def methods_of_containers_only_read(patch: Patch) -> None:
    """append, pop, update."""
    patch.setattr(containers, "WRITE", READ)


@mutant
def truth_is_unseen(patch: Patch) -> None:
    """if thing:"""
    unseen(patch, "truth", lambda thing, text, site: thing)


@mutant
def lengths_are_unseen_in_patterns(patch: Patch) -> None:
    """case [first, second]"""
    unseen(patch, "size", lambda thing, site: len(thing))


@mutant
def a_class_attribute_is_nobodys(patch: Patch) -> None:
    """A read through an object that finds the attribute of its class."""
    patch.setattr(attributes, "looked_through", lambda thing, name: [])
