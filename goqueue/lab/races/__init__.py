"""The race lab: run a model in every order of its threads that can matter, until one fails. Standard library only.

Read in this order:

    exploring          explore, detect, replay; timing: virtual_time
    exploration        one model in all its runs          concluding: from there to a result
    search             which schedules to try
    scheduler          one run: the baton, steps, the clock          tasks: threads, and their carriers

    locks, waits, threads, clock        the replacements for threading and time
    staging            what is replaced during a run          factories, replacements, outside_world

    watching           swap the code of some modules          functions: of which ones
    rewriting          each access goes through a hook          rewriting_base, rewriting_reads, scopes
    hooks              what a hook does          attributes, containers, copying; places: how a run knows them

    happens_before     clocks, and the races they show
    recorder, trace    one run, recorded          naming, sources: what things are called
    report, result     what the user sees; schedules: a run as a short string

A run is decided only by which thread goes on at each step, so a schedule is enough to repeat it.
"""

from .exploring import detect, explore, replay
from .result import Result, side_by_side
from .tasks import Misfit, Outside
from .timing import virtual_time

__all__ = ["Misfit", "Outside", "Result", "detect", "explore", "replay", "side_by_side", "virtual_time"]
