"""A fork of a process whose queue runs: the child has its parent's memory, and none of its threads.

So nothing of the queue runs in the child, and each call of it there raises an error that says why. The one thread that
a child has may be a worker, if a handler has called os.fork(). It must not go on to other jobs, which are its
parent's: when its handler returns or raises, the child ends, as it would if the handler were its whole program.
"""

import os
import sys
import weakref
from typing import NoReturn

from .floor import Floor

_started: "list[weakref.ref[Floor]]" = []  # appended to, and replaced; so that the hook needs no lock
_hooked = False


def note_start(floor: Floor) -> None:
    """Have a floor marked in each child that is forked from now on."""
    global _started, _hooked
    if not _hooked and hasattr(os, "register_at_fork"):
        _hooked = True
        os.register_at_fork(after_in_child=_mark)
    _started = [*(each for each in _started if each() is not None), weakref.ref(floor)]


def _mark() -> None:
    for each in _started:
        floor = each()
        if floor is not None:
            floor.stopping = True
            floor.forked = True


def end_child(err: BaseException | None) -> NoReturn:
    """End a child in which a handler has returned, or has raised `err`, with the exit status of a program that did."""
    status = 0
    if isinstance(err, SystemExit):
        status = err.code if isinstance(err.code, int) else int(err.code is not None)
        if isinstance(err.code, str):
            print(err.code, file=sys.stderr)
    elif err is not None:
        sys.excepthook(type(err), err, err.__traceback__)
        status = 1
    ending = sys.modules.get("goqueue.storage.sqlite.ending")
    if ending is not None:
        ending.flush_all()  # what the child has accepted by a queue of its own
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            status = status or 1
    os._exit(status & 0xFF)
