"""Run a function in another process: bounded in time and memory, with one clear line for whatever goes wrong.

    caller ── ask ──> a new interpreter, which imports what is needed, once
                        │
                        ├── map_in_subprocesses ──> a copy of it: function(item 1) ──> what it returned
                        └── map_in_subprocesses ──> a copy of it: function(item 2) ──> Died: "no answer within 10 s: …"

Importing takes longer than most questions, so a copy (a fork) costs little; where a system cannot do that, the copy
is one more interpreter. Each process leads a group of its own; when it has answered or its time is up, the whole group
is killed: threads and child processes that were left running end there. What they print goes nowhere.

Questions and answers are lines of JSON. An interpreter also says which copies it started and ended: so a caller that
kills it knows which groups are left. This bounds accidents. It is no sandbox: code that wants to do harm, can.
"""

from .caller import call_in_subprocess, call_in_subprocesses
from .forks import map_in_subprocesses
from .messages import Died, TimedOut, one_line

__all__ = ["Died", "TimedOut", "call_in_subprocess", "call_in_subprocesses", "map_in_subprocesses", "one_line"]
