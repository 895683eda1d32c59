"""The lab: what lets people see concurrency. The queue itself never imports it.

Each name is imported when it is first used: a test run that never explores loads no engine.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .crash_demo import kill_and_restart
    from .instructor import compare, grade, lines_that_matter
    from .learn import check, exercise, predict, progress
    from .playing.board import levels
    from .playing.level_game import level
    from .results import detect, explore, play, replay, side_by_side, virtual_time
    from .versions import catalogue, diff, load, matrix, show

_HOME = {
    **dict.fromkeys(("detect", "explore", "play", "replay", "side_by_side", "virtual_time"), "results"),
    **dict.fromkeys(("catalogue", "diff", "load", "matrix", "show"), "versions"),
    **dict.fromkeys(("compare", "grade", "lines_that_matter"), "instructor"),
    **dict.fromkeys(("check", "exercise", "predict", "progress"), "learn"),
    "kill_and_restart": "crash_demo",
    "level": "playing.level_game",
    "levels": "playing.board",
}

__all__ = [
    "catalogue",
    "check",
    "compare",
    "detect",
    "diff",
    "exercise",
    "explore",
    "grade",
    "kill_and_restart",
    "level",
    "levels",
    "lines_that_matter",
    "load",
    "matrix",
    "play",
    "predict",
    "progress",
    "replay",
    "show",
    "side_by_side",
    "virtual_time",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
