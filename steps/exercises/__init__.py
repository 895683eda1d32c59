"""The exercises, a TOML file each, and what grades them: `CHECKS` holds the checks of each exercise, in order.

A check is a promise of an exercise: one sentence, and a function that raises Broken. An exercise may also name promises
of the course (`promises = […]`); those are tried after its own checks.
"""

from . import step00, step09, step10, step11, step12, step13, step14, step16
from .grader import Check

CHECKS: dict[str, tuple[Check, ...]] = {}
for _module in (step00, step09, step10, step11, step12, step13, step14, step16):
    for _value in vars(_module).values():
        if isinstance(_value, Check):
            CHECKS[_value.exercise] = (*CHECKS.get(_value.exercise, ()), _value)

__all__ = ["CHECKS", "Check"]
