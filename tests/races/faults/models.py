"""Random programs whose main thread may be interrupted, or whose process may be killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from tests.races.random_programs import Program, Shared, followed


def interrupted_model(program: Program, outcomes: list[Any]) -> Callable[[], None]:
    """Return a model whose main thread runs the first part of a program, and may be interrupted."""

    def model() -> None:
        follow, seen = followed(program, outcomes)
        for number in range(1, len(program)):
            threading.Thread(target=follow, args=(number,)).start()
        try:
            follow(0)
        except KeyboardInterrupt:
            seen[0].append("interrupted")

    return model


def crashing_model(program: Program, daemon: bool = False) -> Callable[[dict[str, Any]], None]:
    """Return a model whose threads, perhaps daemons, write what they see into a store, some of it under a lock."""

    def model(store: dict[str, Any]) -> None:
        shared = Shared()

        def follow(number: int) -> None:
            for name, n in program[number]:
                store[f"{number} {name}"] = str(getattr(shared, name)(n))

        for number in range(len(program)):
            threading.Thread(target=follow, args=(number,), daemon=daemon).start()

    return model
