"""What a process has once, and its threads share: the directory, the locale, limits of the interpreter.

A call that sets one is a write of it, and a call that asks for it is a read.
"""

from __future__ import annotations

import gc
import locale
import os
import sys
import threading
from typing import Any

from ...engine.places import place_of
from ...engine.run import Run
from ...engine.words import PLAIN, READ, WRITE, Mode

# What is set, in words -> who asks for it, and who sets it. Who does both asks, if called without a value.
KNOWN: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "the directory": ((os.getcwd, os.path.abspath), (os.chdir,)),
    "the mask of new files": ((), (os.umask,)),
    "the locale": ((locale.getlocale, locale.localeconv), (locale.setlocale,)),
    "the recursion limit": ((sys.getrecursionlimit,), (sys.setrecursionlimit,)),
    "the switch interval": ((sys.getswitchinterval,), (sys.setswitchinterval,)),
    "the digits of a text": ((sys.get_int_max_str_digits,), (sys.set_int_max_str_digits,)),
    "the stack size": ((), (threading.stack_size,)),
    "the collector": ((gc.isenabled, gc.get_threshold), (gc.enable, gc.disable, gc.set_threshold)),
}
READS = {function: name for name, (reading, _) in KNOWN.items() for function in reading}
WRITES = {function: name for name, (_, writing) in KNOWN.items() for function in writing}
ASKING = {locale.setlocale: 1, threading.stack_size: 0}  # with so many arguments, these only ask


def setting(run: Run, function: Any, text: str, site: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """os.getcwd(), os.chdir(path)"""
    name = READS.get(function) or WRITES[function]
    reads = function in READS or ASKING.get(function) == len(args) + len(options)
    mode: Mode = READ if reads else WRITE
    run.access(place_of(run, os), mode, name, PLAIN, site, f" ({name})")
    return function(*args, **options)


SETTINGS: dict[Any, Any] = dict.fromkeys((*READS, *WRITES), setting)
