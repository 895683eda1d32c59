"""Run a function in another process: bounded in time and memory, with one clear line for whatever goes wrong.

    caller ── call_in_subprocess ──> an interpreter, which imports what is needed, once
                                       │
                                       ├── map_in_subprocesses ──> a copy of it: function(item 1) ──> an answer
                                       └── map_in_subprocesses ──> a copy of it: function(item 2) ──> Died: no answer …

Importing takes longer than most calls, so a copy (a fork) is cheap. Where a system cannot fork, each copy is one more
interpreter. Each process leads a process group of its own. When it has ended or its time is up, the whole group is
killed, with all threads and child processes that it left running. What they print is thrown away.

A process answers with a line of JSON in a temporary file, which is read when the process has ended: so no reader has
to keep up with a writer. The line begins with a mark that nobody can guess, so that code which writes an answer of its
own into each file that it finds is not heard. An interpreter also writes down which copies it started and which ended,
so that a caller that kills the interpreter knows which groups are left. All of this bounds accidents. It is no sandbox:
code that wants to do harm can.

In a browser tab no process can be started: there, the same calls run in place, and bound nothing (`in_place.py`).
"""

from .caller import HERE, Place, call_in_subprocess, call_in_subprocesses, end_all
from .ending import keep_apart
from .forks import map_in_subprocesses
from .in_place import IN_PLACE, UNBOUNDED
from .messages import Died, TimedOut, one_line

__all__ = [
    "HERE",
    "IN_PLACE",
    "UNBOUNDED",
    "Died",
    "Place",
    "TimedOut",
    "call_in_subprocess",
    "call_in_subprocesses",
    "end_all",
    "keep_apart",
    "map_in_subprocesses",
    "one_line",
]
