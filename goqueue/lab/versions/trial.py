"""Try promises on versions, each in its own process and under a deadline, since a version may hang or crash.

check(12) ──┬── process that imports ──┬── its copy: 12 runs_at_once ──> {"outcome": "kept"}
            │                          ├── its copy: 12 no_handler ────> {"outcome": "broken", "message": …}
            └── another one …          └── …

Importing takes longer than most promises. So each process for a share of them imports everything once, and then makes
a fresh copy of itself (a fork) for each; where a system cannot do that, the copy imports again.
"""

import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..views.view import View
from .course import course_root
from .load import load

if TYPE_CHECKING:
    from steps.promises import Promise

DEADLINE = 30.0  # seconds a promise may take in all; its own waits are in virtual time
AT_ONCE = os.cpu_count() or 1  # they compute rather than wait
CAN_FORK = sys.platform not in ("win32", "darwin")

_CHILD = f"from {__name__} import run_share; run_share()"

KEPT, BROKEN, NOT_YET, ERROR = "kept", "broken", "not yet", "error"
MARKS = {KEPT: "✓", BROKEN: "✗", NOT_YET: "–", ERROR: "!"}


@dataclass(frozen=True)
class Result:
    """What came of one promise on one version: kept, broken, not yet (a part is missing), or error (a crash)."""

    version: str
    name: str
    outcome: str
    message: str = ""

    def __str__(self) -> str:
        return f"{self.name} on {self.version}: {self.outcome}{self.message and ' — ' + self.message}"


def promises() -> "dict[str, Promise]":
    """Return all promises by name, in the order of the course."""
    course_root()
    from steps.promises import PROMISES

    return PROMISES


def gained(step: int, before: int | None = None) -> "tuple[Promise, ...]":
    """Return the promises that this step keeps and another one, `before` (if not named: the step before), does not.

    >>> [promise.name for promise in gained(10)][:2]
    ['remembers', 'exactly_max_retry']
    """
    before = step - 1 if before is None else before
    return tuple(found for found in promises().values() if step in found.kept_by and before not in found.kept_by)


def lost(step: int, before: int | None = None) -> "tuple[Promise, ...]":
    """Return the promises that another one, `before` (if not named: the step before), keeps and this step does not.

    >>> [promise.name for promise in lost(12)]
    ['handler_submits', 'no_handler']
    """
    return gained(step - 1 if before is None else before, step)


class Checks(View):
    """What came of several promises; a view of `results`, a line each."""

    results: tuple[Result, ...]

    def __init__(self, results: Iterable[Result]) -> None:
        object.__setattr__(self, "results", tuple(results))
        sentences = {name: found.sentence for name, found in promises().items()}
        super().__init__("\n".join(_line(found, sentences[found.name]) for found in self.results))

    def __iter__(self) -> Iterator[Result]:
        return iter(self.results)

    @property
    def kept(self) -> bool:
        """Whether all are kept."""
        return all(found.outcome == KEPT for found in self.results)


def _line(found: Result, sentence: str) -> str:
    return "\n      ".join([f"{MARKS[found.outcome]} {found.version} {sentence}", *found.message.splitlines()])


def check(version: int | str | Path, *names: str) -> Checks:
    """Try promises (those named; none: all) on a version and return what came of each.

    Raises LookupError for an unknown version or promise.

    >>> check(12, "no_handler", "graceful_stop")
    ✗ 12 a job whose type has no handler fails at once, and says so
          get_job(…).status, without a handler for 'email': 'pending' came back, 'failed' was expected
    ✓ 12 stop lets running jobs finish, joins every thread, and may be called twice
    """
    wanted = known_names(names)
    load(version)  # an unknown one is an error here, not in each process
    return Checks(check_many([(version, name) for name in wanted]))


def known_names(names: Sequence[str]) -> Sequence[str]:
    """Return the names of promises that are meant: these, or all if there are none.

    Raises LookupError for an unknown one, naming those there are.
    """
    known = promises()
    for name in names:
        if name not in known:
            raise LookupError(f"no promise {name!r}: there are {', '.join(known)}")
    return names or tuple(known)


def check_many(pairs: Sequence[tuple[int | str | Path, str]]) -> tuple[Result, ...]:
    """Try each (version, promise) of `pairs`, a few at a time, and return the results in their order."""
    shares = [pairs[first::AT_ONCE] for first in range(min(AT_ONCE, len(pairs)))]
    with ThreadPoolExecutor(AT_ONCE) as executor:
        tried = list(executor.map(_in_other_processes, shares))
    return tuple(tried[at % len(shares)][at // len(shares)] for at in range(len(pairs)))


def try_here(version: int | str | Path, name: str) -> Result:
    """Try one promise in this process, with no deadline."""
    found, package = promises()[name], load(version)
    label = _label(version)
    if missing := found.missing(package):
        return Result(label, name, NOT_YET, f"it has no {missing}")
    from steps.promises import Broken

    try:
        found.check(package)
    except Broken as err:
        return Result(label, name, BROKEN, str(err))
    except Exception as err:
        return Result(label, name, ERROR, f"{type(err).__name__}: {err}")
    return Result(label, name, KEPT)


def _in_other_processes(pairs: Sequence[tuple[int | str | Path, str]]) -> list[Result]:
    share = json.dumps([(isinstance(version, Path), str(version), name) for version, name in pairs])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", _CHILD]
    done = subprocess.run(command, input=share, capture_output=True, text=True, env=environment, check=False)
    last = done.stdout.strip().splitlines()[-1:] or [""]
    try:
        return [Result(**fields) for fields in json.loads(last[0])]
    except (ValueError, TypeError):
        why = (done.stderr.strip().splitlines()[-1:] or ["nothing was said"])[0]
        message = f"the process ended with status {done.returncode}: {why}"
        return [Result(_label(version), name, ERROR, message) for version, name in pairs]


def _label(version: int | str | Path) -> str:
    """Return what results call a version: never by a path."""
    return version.name if isinstance(version, Path) else str(version)


def run_share() -> None:
    """Try the pairs that stdin names, one after the other, each in a copy of this process. Print all results."""
    share = [(Path(version) if is_path else version, name) for is_path, version, name in json.load(sys.stdin)]
    promises()  # imports what they need, once
    results = [_in_own_process(version, name) for version, name in share]
    print("\n" + json.dumps([vars(result) for result in results]), flush=True)


def _in_own_process(version: int | str | Path, name: str) -> Result:
    context: Any = multiprocessing.get_context("fork" if CAN_FORK else "spawn")
    label = _label(version)
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send_result, args=(version, name, sending))
    process.start()
    sending.close()
    try:
        if not receiving.poll(DEADLINE):
            return Result(label, name, BROKEN, f"no answer within {DEADLINE:g} s")
        result: Result = receiving.recv()
        return result
    except EOFError:
        process.join()
        return Result(label, name, ERROR, f"the process ended with status {process.exitcode}")
    finally:
        process.kill()  # a version that broke its promise may have left threads that never end
        process.join()


def _send_result(version: int | str | Path, name: str, sending: Connection) -> None:
    sending.send(try_here(version, name))
