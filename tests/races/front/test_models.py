"""What is no model is refused, because nothing of it would run; and what ends a model badly fails it."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue.races import Crashes, Verdict, detect, explore


async def awaited() -> None:
    assert not "reached"


async def sent() -> AsyncIterator[None]:
    assert not "reached"
    yield


def iterated() -> Iterator[None]:
    assert not "reached"
    yield


class Asynchronous:
    async def __call__(self) -> None:
        assert not "reached"


ASYNC = "an async function: a call runs nothing of its body; the lab explores threads"
GENERATOR = "a generator function: a call runs nothing of its body; give it a function without `yield`"
NO_MODELS: list[tuple[Callable[..., object], str]] = [
    (awaited, f"model awaited is {ASYNC}"),
    (functools.partial(awaited), f"model awaited is {ASYNC}"),
    (functools.cache(awaited), f"model awaited is {ASYNC}"),
    (sent, f"model sent is {ASYNC}"),
    (iterated, f"model iterated is {GENERATOR}"),
    (Asynchronous(), f"is {ASYNC}"),
    (Asynchronous().__call__, f"is {ASYNC}"),
]


@pytest.mark.parametrize(("model", "said"), NO_MODELS)
@pytest.mark.parametrize("search", [explore, detect])
def test_a_function_whose_call_runs_nothing_is_refused(
    model: Callable[..., object], said: str, search: Callable[[Any], object]
) -> None:
    with pytest.raises(TypeError) as refused:
        search(model)
    assert said in str(refused.value)


def test_so_is_one_that_makes_or_judges_what_survives_a_crash() -> None:
    def model(kept: Any) -> None:
        kept["done"] = True

    async def judge(kept: Any) -> None:
        assert not kept

    def make() -> Iterator[dict[str, bool]]:
        yield {}

    with pytest.raises(TypeError, match="^recover .*judge is an async function"):
        explore(model, crashes=Crashes(dict, judge))
    with pytest.raises(TypeError, match="^survives .*make is a generator function"):
        explore(model, crashes=Crashes(make, print))


def test_a_model_that_ends_the_process_with_an_error_has_failed() -> None:
    def says_why() -> None:
        sys.exit("the file is corrupt")

    result = explore(says_why)
    assert result.verdict is Verdict.EXCEPTION
    assert "SystemExit: the file is corrupt" in result.summary

    def gives_a_status() -> None:
        raise SystemExit(3)

    assert explore(gives_a_status).verdict is Verdict.EXCEPTION

    def is_done() -> None:
        sys.exit(0)

    assert explore(is_done).verdict is Verdict.EXHAUSTED
    assert explore(lambda: sys.exit()).verdict is Verdict.EXHAUSTED


def test_so_has_a_recovery() -> None:
    def model(kept: Any) -> None:
        kept["done"] = True

    def judge(kept: Any) -> None:
        if not kept:
            sys.exit("nothing was kept")

    result = explore(model, crashes=Crashes(dict, judge))
    assert result.verdict is Verdict.EXCEPTION
    assert "SystemExit: nothing was kept" in result.summary


def test_any_other_thread_ends_silently_as_in_python() -> None:
    def model() -> None:
        thread = threading.Thread(target=sys.exit, args=("unheard",))
        thread.start()
        thread.join()

    assert explore(model).verdict is Verdict.EXHAUSTED


def in_a_thread(target: Callable[[], object]) -> None:
    thread = threading.Thread(target=target, name="Ann")
    thread.start()
    thread.join()


def hopeless() -> None:
    raise ValueError("hopeless")


def test_an_exception_in_a_thread_goes_to_the_hook_that_the_program_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = threading.excepthook

    def sets_it() -> None:
        told, usual = list[Any](), threading.excepthook
        threading.excepthook = told.append
        in_a_thread(hopeless)
        [args] = told
        assert (args.exc_type, str(args.exc_value), args.thread.name) == (ValueError, "hopeless", "Ann")
        assert usual is before  # because it is put back after each run

    assert explore(sets_it).verdict is Verdict.EXHAUSTED
    assert threading.excepthook is before

    def wrong_hook() -> None:
        threading.excepthook = lambda args: 1 / 0
        in_a_thread(hopeless)

    assert "ZeroDivisionError" in explore(wrong_hook).summary
    told: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    assert explore(lambda: in_a_thread(hopeless)).verdict is Verdict.EXHAUSTED
    assert {args.exc_type for args in told} == {ValueError}


def test_the_hook_of_the_code_under_test_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    space: dict[str, Any] = {}
    exec(compile("def hook(args): pass", str(Path(__file__).with_name("shop.py")), "exec"), space)
    monkeypatch.setattr(threading, "excepthook", space["hook"])
    assert "ValueError: hopeless" in explore(lambda: in_a_thread(hopeless)).summary


def test_without_one_it_is_a_failure_though_pytest_has_a_hook_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert threading.excepthook is not threading.__excepthook__
    assert "ValueError: hopeless" in explore(lambda: in_a_thread(hopeless)).summary
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    assert "ValueError: hopeless" in explore(lambda: in_a_thread(hopeless)).summary

    def main_fails() -> None:
        threading.excepthook = print
        hopeless()

    assert "ValueError: hopeless" in explore(main_fails).summary
