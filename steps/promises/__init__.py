"""The promises, one file for each step. `PROMISES` holds all of them by name, in the order of the course.

To add one: write a function `name(version)` that raises Broken, in the file of the step that first keeps it. Give it
a sentence, and a counterexample that breaks it. The tests then prove that it can be kept and broken.
"""

from . import (
    step08,
    step09,
    step09_context,
    step09_waits,
    step10,
    step11,
    step12,
    step12_channel,
    step12_workers,
    step13,
    step13_timer,
)
from .promise import STEPS, Broken, Promise

_MODULES = (
    step08,
    step09,
    step09_context,
    step09_waits,
    step10,
    step11,
    step12,
    step12_channel,
    step12_workers,
    step13,
    step13_timer,
)

PROMISES: dict[str, Promise] = {
    name: value for module in _MODULES for name, value in vars(module).items() if isinstance(value, Promise)
}

__all__ = ["PROMISES", "STEPS", "Broken", "Promise"]
