"""The lab: what lets people see concurrency. The queue itself never imports it."""

from .races import detect, explore, replay, side_by_side, virtual_time
from .versions import catalogue, check, diff, load, matrix, show

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
