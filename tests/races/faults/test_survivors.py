"""What survives a crash: which of its changes are seen, whoever makes them, and what is said if none is."""

from __future__ import annotations

from threading import Thread

from goqueue.races import Crashes, explore


def by_a_daemon(store: dict[str, int]) -> None:
    def work() -> None:
        store["a"] = 1
        store["b"] = 1

    Thread(target=work, daemon=True).start()


def test_the_process_is_killed_between_the_changes_of_a_daemon() -> None:
    left = set[int]()
    explore(by_a_daemon, crashes=Crashes(dict, lambda store: left.add(len(store))))
    assert left == {0, 1, 2}
