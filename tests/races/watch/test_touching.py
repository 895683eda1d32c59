"""Every way to touch state is seen: two threads that touch it without a lock fail, and with a lock they do not.

Each row is one way, in `constructs/touching.py`. The broken form holds no lock; the right form holds one, and nothing
else differs, so a way that is not seen makes the broken form "exhausted".
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import functools
import hashlib
import subprocess
import sys
import weakref
from collections import ChainMap
from collections.abc import Callable
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from unittest import mock

import pluggy
import pytest

from goqueue.races import explore, replay
from goqueue.races.watch.objects.unwatched import told

from ..constructs import touching
from ..constructs.touching import OUTCOMES, WAYS, Box
from ..litmus.litmus import run


@pytest.mark.parametrize("name", WAYS)
def test_a_way_to_touch_state_is_seen(name: str) -> None:
    way = WAYS[name]
    broken = explore(lambda: way(False), modules=[touching], races="off")
    assert broken.verdict in ("failed assertion", "exception in a thread")
    assert replay(lambda: way(False), broken.schedule, modules=[touching]).verdict == broken.verdict
    right = explore(lambda: way(True), modules=[touching], races="fail")
    assert right.verdict == "exhausted", right.summary
    assert [one for one in right.unwatched if not one.endswith("(weakref)")] == []  # what they hold may end


@pytest.mark.parametrize("name", OUTCOMES)
def test_what_is_one_step_in_python_is_one_step_here(name: str) -> None:
    model, outcomes = OUTCOMES[name]
    found: list[Any] = []
    result = explore(lambda: model(found), modules=[touching], races="off")
    assert result.verdict == "exhausted"
    assert set(found) == outcomes


def weak_values() -> None:
    known, one, two = weakref.WeakValueDictionary[str, Box](), Box(), Box()
    run(lambda: known.__setitem__("one", one), lambda: known.__setitem__("two", two))


def stack() -> None:
    shared = contextlib.ExitStack()
    run(lambda: shared.callback(len, ""), lambda: shared.pop_all())


def hashing() -> None:
    shared = hashlib.sha256()
    run(lambda: shared.update(b"a"), lambda: shared.update(b"b"))


def imitated() -> None:
    shared = mock.Mock()
    run(lambda: shared(1), lambda: shared(2))


def cache() -> None:
    @functools.lru_cache
    def double(number: int) -> int:
        return 2 * number

    run(lambda: double(1), lambda: double(2))


def numbers() -> None:
    counts = array.array("i")
    run(lambda: counts.append(1), lambda: counts.append(2))


def plugins() -> None:
    shared = pluggy.PluginManager("shop")
    run(lambda: shared.register(Box(), "one"), lambda: shared.register(Box(), "two"))


def weak() -> None:
    held = [Box()]
    found = weakref.ref(held[0])
    run(lambda: found() and found(), held.clear)


def proxies() -> None:
    box = Box()
    shared = weakref.proxy(box)
    run(lambda: setattr(shared, "n", 1), lambda: box.n)


def shared_to_the_end() -> None:
    class Connection(Box):
        def __del__(self) -> None:
            self.n = 0

    held = [Connection()]

    def let_go() -> None:
        held[0].n += 1
        held.clear()

    run(lambda: [each.n for each in held], let_go)


def memory() -> None:
    shared = ctypes.c_int()
    run(lambda: setattr(shared, "value", 1), lambda: setattr(shared, "value", 2))


def text_that_runs() -> None:
    shared = {"n": 1}
    run(lambda: exec("n += 1", shared), lambda: shared["n"])


UNWATCHED: list[tuple[Callable[[], None], str]] = [
    (weak_values, "WeakValueDictionary (weakref)"),
    (plugins, "PluginManager (pluggy._manager)"),
    (weak, "weak references (what they lead to may end)"),
    (proxies, "weak references (what they lead to may end)"),
    (shared_to_the_end, "the end of Connection (another thread may be the last to let go)"),
    (memory, "memory (ctypes)"),
    (text_that_runs, "text given to exec() or eval() (not watched)"),
    (cache, "lru_cache (functools)"),
    (numbers, "array (array)"),
    (stack, "ExitStack (contextlib)"),
    (hashing, told(type(hashlib.sha256()))),
    (imitated, "Mock (unittest.mock)"),
]


@pytest.mark.parametrize(("model", "name"), UNWATCHED, ids=[name for _, name in UNWATCHED])
def test_the_verdict_names_shared_objects_that_are_not_watched(model: Callable[[], None], name: str) -> None:
    result = explore(model)
    assert (result.verdict, result.unwatched) == ("exhausted", (name,))
    assert result.summary.startswith(f"EXHAUSTED, EXCEPT: {name}: ")
    assert result.schedules > 1  # both orders were tried


def test_an_object_whose_uses_are_ordered_is_not_named() -> None:
    def model() -> None:
        counts, lock = array.array("i", [0]), Lock()

        def add() -> None:
            with lock:
                counts[0] += 1

        run(add, add)
        assert counts[0] == 2

    assert explore(model).unwatched == ()


def test_a_method_as_a_value_has_a_stand_in_each_time() -> None:
    def model() -> None:
        links = ChainMap[str, int]({})
        assert len({type(links.update) for _ in range(3)}) == 1  # a method of collections.abc

    assert explore(model).verdict == "exhausted"


def test_a_weak_container_that_one_thread_uses_is_named_because_another_may_end_what_it_holds() -> None:
    def model() -> None:
        class Order:
            pass

        kept = [Order()]
        cache = weakref.WeakValueDictionary({"a": kept[0]})
        clearing = Thread(target=kept.clear)
        clearing.start()
        cache.get("a")
        clearing.join()

    assert explore(model).unwatched == ("WeakValueDictionary (weakref)",)


def test_one_schedule_is_said_to_be_all() -> None:
    def after() -> None:
        box = Box()
        run(lambda: setattr(box, "n", 1))
        assert box.n == 1

    alone = explore(lambda: run(lambda: 1, lambda: 2))
    assert alone.remark == "1 schedule: no two threads touched the same thing"
    assert f"\n{alone.remark}.\n" in alone.summary
    assert explore(after).remark == "1 schedule: threads touched the same things, but only one after the other"
    assert explore(numbers).remark == ""


def test_pytest_warns_of_what_was_not_seen(tmp_path: Path) -> None:
    (tmp_path / "test_shared.py").write_text(
        "import array, pytest\nfrom threading import Thread\n\n\n"
        "def run(*functions):\n    threads = [Thread(target=function) for function in functions]\n"
        "    for thread in threads: thread.start()\n    for thread in threads: thread.join()\n\n\n"
        "@pytest.mark.race\ndef test_array():\n    counts = array.array('i')\n"
        "    run(lambda: counts.append(1), lambda: counts.append(2))\n\n\n"
        "@pytest.mark.race\ndef test_nothing():\n    run(lambda: 1, lambda: 2)\n",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-q", "--race", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert "2 passed, 2 warnings" in done.stdout
    assert "Unwatched: exhausted, except: array (array); " in done.stdout
    assert "Unwatched: 1 schedule: no two threads touched the same thing; " in done.stdout
