"""Files, sockets and processes: a controlled thread that uses one gets an error that names it, and the way out."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import PurePath
from types import FrameType
from typing import Any

from ..engine.active import Active, here
from ..engine.homes import Home, home_of
from ..engine.run import Run
from ..engine.sources import place_of_frame
from ..engine.tasks import Outside

CONNECTION = "hand it a stand-in, such as an object with the same methods on a queue.Queue"
PROCESS = "hand it a stand-in, such as a function that a threading.Thread calls"

DISK = "let the model work on a stand-in, such as a dict of names and contents, or goqueue.races.Disk"

OPEN_OF_CELLS = "_modified_open"  # what IPython has cells call as open()

# An event -> the way out. One that ends in a dot begins the names of several.
FORBIDDEN = {
    "open": "hand it a stand-in, such as io.StringIO, or goqueue.races.Disk",
    "sqlite3.connect": "hand it a stand-in, such as sqlite3.connect(':memory:', check_same_thread=False)",
    "builtins.input": "hand it a stand-in, such as the text that is typed",
    "socket.": CONNECTION,
    "urllib.": CONNECTION,
    "subprocess.": PROCESS,
    "os.system": PROCESS,
    "os.fork": PROCESS,
    "os.forkpty": PROCESS,
    "os.posix_spawn": PROCESS,
    **{f"os.{name}": DISK for name in ("mkdir", "rmdir", "rename", "remove", "link", "symlink", "truncate")},
    "shutil.": DISK,
}


@functools.cache
def way_out_of(event: str) -> str:
    """Return what to do instead of what an event tells of; "" if a model may do it."""
    return FORBIDDEN.get(event, "") or FORBIDDEN.get(f"{event.partition('.')[0]}.", "")


def audit(event: str, args: tuple[Any, ...]) -> None:
    """Refuse real input and output to a controlled thread, because it may wait and differs from run to run."""
    run = Active.run
    if run is None:
        return
    if event == "import" and Imports.told is not None and here() is run:
        Imports.told(args[0])
    way_out = way_out_of(event)
    if not way_out or run.over or run.guest is not None or here() is not run:
        return
    caller = sys._getframe(1)
    if is_allowed(event, args, caller):
        return
    what = f"{event}({shown(args[0])!r})" if is_of_files(event) or event in ("sqlite3.connect", "os.system") else event
    where, line = place_of_frame(caller)
    raise refusal(
        run,
        f"{run.current.name} does real input or output in {where} ({line}): {what}; a model must not wait for the "
        f"outside world, so {way_out}",
    )


def is_of_files(event: str) -> bool:
    """Whether an event tells of a file or a folder, which its first argument names."""
    return event == "open" or way_out_of(event) is DISK


def is_allowed(event: str, args: tuple[Any, ...], caller: FrameType) -> bool:
    """Whether a model may do this in spite of all: the import system or a tool does it, or it is in memory."""
    if event == "open" and not args:
        return True
    return is_in_memory(event, args) or (is_of_files(event) and (is_import(caller) or is_by_tool(caller)))


class Imports:
    """Who is told that a run imports a module."""

    told: Callable[[str], object] | None = None  # one exploration at a time


def refuse(run: Run, does: str, way_out: str, frame: FrameType) -> Outside:
    """Return the error for something that a model may not do."""
    where, line = place_of_frame(frame)
    return refusal(run, f"{run.current.name} {does} in {where} ({line}), which the lab does not control; {way_out}")


def refusal(run: Run, told: str) -> Outside:
    """Return an error that ends the run, even if the model swallows it."""
    error = Outside(told)
    run.fail(error, run.current)
    return error


def is_in_memory(event: str, args: tuple[Any, ...]) -> bool:
    """Whether a database in memory is opened."""
    return event == "sqlite3.connect" and args[0] == ":memory:"


def shown(argument: Any) -> Any:
    """Return the name of what is opened, without its folder, which differs from machine to machine."""
    return PurePath(argument).name if isinstance(argument, str | os.PathLike) else argument


def is_import(frame: Any) -> bool:
    """Whether a file is opened to import it, or to show its source."""
    for _ in range(8):
        if frame is None:
            return False
        name = frame.f_code.co_filename
        if name.startswith("<frozen importlib") or name.endswith(("linecache.py", "tokenize.py")):
            return True
        frame = frame.f_back
    return False


def is_by_tool(frame: FrameType | None) -> bool:
    """Whether a test runner or the like does this for its own sake, and not the code that the model consists of."""
    while frame is not None:
        name = frame.f_code.co_filename
        home = Home.STANDARD if name.startswith("<frozen ") else home_of(name)
        if home in (Home.PROGRAM, Home.TOOL) and frame.f_code.co_name != OPEN_OF_CELLS:
            return home is Home.TOOL
        frame = frame.f_back
    return False


@functools.cache
def listen_to_audit() -> None:
    """Install the hook once: Python cannot remove it. Outside of explorations it does nothing."""
    sys.addaudithook(audit)
