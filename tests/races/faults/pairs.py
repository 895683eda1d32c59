"""A mistake that only a fault shows, as a litmus program: both forms at once, with `right` as the last argument.

@interrupted("a name", "deadlock")                        explored with interrupts=1
@killed("a name", survives=Disk, recover=look)            explored with a crash before each change
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from goqueue.races import Crashes, Interrupts
from tests.races.litmus.litmus import form


@dataclass(frozen=True)
class Pair:
    """A mistake: its name, the verdict that the broken form must get, and what explore() is given."""

    name: str
    verdict: str
    broken: Callable[..., object]
    right: Callable[..., object]
    options: dict[str, Any]


PAIRS: list[Pair] = []


def keep(both: Any, name: str, verdict: str, **options: Any) -> Any:
    """Keep both forms of a program."""
    assert isinstance(both, FunctionType)
    PAIRS.append(Pair(name, verdict, form(both, "broken", right=False), form(both, "right", right=True), options))
    return both


def interrupted(name: str, verdict: str, **options: Any) -> Callable[[Any], Any]:
    """Keep a program that an interrupt breaks. The options are those of Interrupts."""
    asked = Interrupts(**options) if options else 1
    return lambda both: keep(both, name, verdict, interrupts=asked)


def killed(name: str, *, survives: Callable[[], Any], recover: Callable[[Any], object]) -> Callable[[Any], Any]:
    """Keep a program that a crash breaks."""
    return lambda both: keep(both, name, "failed assertion", crashes=Crashes(survives, recover))
