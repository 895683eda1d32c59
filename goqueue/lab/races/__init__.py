"""The race lab: run a model in every order of its threads that can matter, until one fails.

    exploring     explore, detect, replay
      staging     what is replaced meanwhile        watching ── rewriting ── scopes      hooks: each access
      search      which schedules to try            scheduler: one run; the baton        primitives, clock
      happens_before   races                        recorder, report, result, trace: what it says

Standard library only. See `scheduler` first.
"""

from .exploring import detect, explore, replay
from .result import Result, side_by_side
from .tasks import Misfit, Outside
from .timing import virtual_time

__all__ = ["Misfit", "Outside", "Result", "detect", "explore", "replay", "side_by_side", "virtual_time"]
