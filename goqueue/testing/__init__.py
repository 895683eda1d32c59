"""For the tests of programs that use a queue.

InlineQueue      runs each job at once, in the thread that submits it: for what a handler does
virtual_time()   lets hours pass in no time, on real threads: for what happens when
conformance      what every storage must do: for who writes one
"""

from typing import TYPE_CHECKING, Any

from .inline import InlineQueue

if TYPE_CHECKING:
    from goqueue.lab.races import virtual_time

__all__ = ["InlineQueue", "virtual_time"]


def __getattr__(name: str) -> Any:
    if name != "virtual_time":  # the lab is loaded for those who use it
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from goqueue.lab.races import virtual_time

    return virtual_time
