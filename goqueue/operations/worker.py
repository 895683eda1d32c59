"""`goqueue worker shop:queue`: run the queue of a module until SIGTERM or Ctrl-C.

import shop ──> shop.queue ──> queue.run() ── a signal ──> the report; a second signal ends the process at once
"""

import contextlib
import importlib
import logging
import sys
from pathlib import Path
from typing import Any

from ..queue import Queue
from .health import Endpoint, address_of


def queue_of(target: str) -> Queue:
    """Return the queue that MODULE:NAME names; the module is looked for in the current folder, too.

    Raises ValueError, which says what is wrong: the form, the module, the name, or what it is.
    """
    module, colon, name = target.partition(":")
    if not (module and colon and name):
        raise ValueError(f"{target!r} must be MODULE:QUEUE, such as shop:queue")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found: Any = importlib.import_module(module)
    except ModuleNotFoundError as err:
        if err.name is None or not (module == err.name or module.startswith(f"{err.name}.")):
            raise  # the module is there, and what it imports is not: its traceback says more
        raise ValueError(f"there is no module {err.name!r} here: start it in the folder that holds it") from None
    for part in name.split("."):
        if not hasattr(found, part):
            raise ValueError(f"{module} has no {name!r}: its queues are {', '.join(queues_in(module)) or 'none'}")
        found = getattr(found, part)
    if not isinstance(found, Queue):
        raise ValueError(f"{target} is {found!r}: it must be a Queue")
    return found


def queues_in(module: str) -> list[str]:
    """Return the names of the queues in a module that is imported."""
    return [name for name, value in vars(sys.modules[module]).items() if isinstance(value, Queue)]


def run(target: str, grace: float | None, verbose: bool, health: str | None = None) -> int:
    """Run a queue, and log what it does. Return the exit status: 0, or 1 if a handler did not end in time.

    Raises ValueError for what cannot be run, or asked at `health`, which is PORT or HOST:PORT.
    """
    address = None if health is None else address_of(health)
    queue = queue_of(target)
    if not queue.registry.types:
        raise ValueError(f"{target} has no handler: a worker would run nothing; import the module that registers them")
    level = logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=level)
    with contextlib.nullcontext() if address is None else endpoint(queue, *address):
        report = queue.run() if grace is None else queue.run(grace=grace)
    queue.storage.close()
    handed_back, left = len(report.handed_back), len(report.still_running)
    print(f"stopped: {report.completed} completed, {handed_back} handed back, {left} still running")
    return 1 if report.still_running else 0


def endpoint(queue: Queue, host: str, port: int) -> Endpoint:
    """Return the endpoint of a worker. Raises ValueError if it cannot listen there."""
    try:
        found = Endpoint(queue, host, port)
    except OSError as err:
        why = err.strerror or err
        raise ValueError(f"--health {host}:{port}: {why}; give another port, or 0 for any that is free") from None
    logging.getLogger("goqueue").info("health: http://%s:%d/health", f"[{host}]" if ":" in host else host, found.port)
    return found
