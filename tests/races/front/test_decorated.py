"""A model that the standard library decorates: its wrapper is no part of the model."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from unittest import mock

import pytest

from goqueue.races import Result, explore


class Client:
    def send(self) -> None:
        raise ConnectionError


def send_nothing(_: Client) -> None:
    pass


@contextlib.contextmanager
def settings() -> Iterator[None]:
    yield


def twice(change: Callable[[], object]) -> None:
    threads = [threading.Thread(target=change) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def lost() -> None:
    total = [0]

    def add() -> None:
        Client().send()
        total[0] += 1

    twice(add)
    assert total[0] == 2


def kept() -> None:
    total, lock = [0], threading.Lock()

    def add() -> None:
        with lock:
            Client().send()
            total[0] += 1

    twice(add)
    assert total[0] == 2


patched = mock.patch.object(Client, "send", send_nothing)
DECORATIONS = [patched, lambda model: settings()(patched(model)), lambda model: patched(settings()(model))]


def report(result: Result) -> str:
    return result.summary.partition("Not covered")[0]


@pytest.mark.parametrize("decorated", DECORATIONS)
def test_a_wrapper_of_the_library_is_not_watched(decorated: Callable[[Callable[[], None]], Callable[[], None]]) -> None:
    result = explore(decorated(lost))
    assert result.verdict == "failed assertion"
    assert {step.where.partition(":")[0] for step in result.trace.steps} == {"test_decorated.py"}
    result = explore(decorated(kept))
    assert result.verdict == "exhausted"
    assert result.unwatched == ()
    assert "Watched: test_decorated.py.\n" in report(result)
