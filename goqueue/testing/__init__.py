"""For the tests of programs that use a queue.

InlineQueue      runs each job at once, in the thread that submits it: for what a handler does
virtual_time()   lets hours pass in no time, on real threads: for what happens when
conformance      what every storage must do: for who writes one
"""

from .inline import InlineQueue
from .virtual import virtual_time

__all__ = ["InlineQueue", "virtual_time"]
