"""The lab: what lets people see concurrency. The queue itself never imports it.

Each name is imported when it is first used: a test run that never explores loads no engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .races import detect, explore, replay, side_by_side, virtual_time
    from .versions import catalogue, check, diff, load, matrix, show

_RACES = ("detect", "explore", "replay", "side_by_side", "virtual_time")
_VERSIONS = ("catalogue", "check", "diff", "load", "matrix", "show")

__all__ = [
    "catalogue",
    "check",
    "detect",
    "diff",
    "explore",
    "load",
    "matrix",
    "replay",
    "show",
    "side_by_side",
    "virtual_time",
]


def __getattr__(name: str) -> Any:
    if name not in _RACES + _VERSIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{'races' if name in _RACES else 'versions'}"), name)


def __dir__() -> list[str]:
    return __all__
