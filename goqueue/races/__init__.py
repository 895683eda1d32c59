"""The race lab: run a model in every order of its threads that can matter, until one fails. Standard library only.

Five rooms and a front. Each imports only what is to its left, so the engine stands alone:

    engine <── report <── doubles <── watch <── search <── the front: exploring, playing, timing, command, pytest_plugin

    engine     one run: threads of which one moves at a time, steps, the clock, happens-before, what things are called
    report     what the user sees: one run recorded, races in Go's layout, a result
    doubles    what threading, queue and time are while a model runs
    watch      the model's code, recompiled so that each access to shared state calls the engine
    search     which orders to try, and what came of them
    exploring  explore, detect and replay; models: what they take; timing: virtual_time; replay_line: how to replay
    playing    play: a run made by hand, press by press; played_runs: the runs behind it
    command    `goqueue race`; pytest_plugin: `pytest --race`, with pytest_model, _fixtures, _state and _summary

A run is decided only by which thread goes on at each step, so a schedule is enough to repeat it.
"""

from .doubles.disk import Disk
from .engine.faults.plans import Crashes, Interrupts
from .engine.tasks import Misfit, Outside
from .engine.words import Verdict
from .exploring import detect, explore, replay
from .playing import Game, play
from .report.result import Result
from .timing import virtual_time

__all__ = [
    "Crashes",
    "Disk",
    "Game",
    "Interrupts",
    "Misfit",
    "Outside",
    "Result",
    "Verdict",
    "detect",
    "explore",
    "play",
    "replay",
    "virtual_time",
]
