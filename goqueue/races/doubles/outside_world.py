"""Files, sockets and processes: a controlled thread that uses one gets an error that names it."""

from __future__ import annotations

import functools
import sys
from pathlib import PurePath
from typing import Any

from ..engine.active import Active, here
from ..engine.sources import place_of_frame
from ..engine.tasks import Outside

FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.fork", "os.posix_spawn", "sqlite3.connect", "urllib.", "open",
    "builtins.input",
)  # fmt: skip


def audit(event: str, args: tuple[Any, ...]) -> None:
    """Refuse real input and output to a controlled thread, because it may wait and differs from run to run."""
    run = Active.run
    if run is None or not event.startswith(FORBIDDEN) or run.over or run.guest is not None or here() is not run:
        return
    caller = sys._getframe(1)
    if (event == "open" and (not args or is_import(caller))) or is_in_memory(event, args):
        return
    what = f"{event}({shown(args[0])!r})" if event in ("open", "sqlite3.connect", "os.system") else event
    where, line = place_of_frame(caller)
    error = Outside(
        f"{run.current.name} does real input or output in {where} ({line}): {what}; a model must not wait for the "
        "outside world, so hand it a stand-in"
    )
    run.fail(error, run.current)  # so that it is reported, even if the model swallows it
    raise error


def is_in_memory(event: str, args: tuple[Any, ...]) -> bool:
    """Whether a database in memory is opened. The event behind that names no file; it comes only if this one passed."""
    return event == "sqlite3.connect/handle" or (event == "sqlite3.connect" and args[0] == ":memory:")


def shown(argument: Any) -> Any:
    """Return the name of what is opened, without its folder, which differs from machine to machine."""
    return PurePath(argument).name if isinstance(argument, str) else argument


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


@functools.cache
def listen_to_audit() -> None:
    """Install the hook once: Python cannot remove it. Outside of explorations it does nothing."""
    sys.addaudithook(audit)
