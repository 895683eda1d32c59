"""The lines that processes write: an answer, or in one clear line why there is none."""

import contextlib
import json
import os
import secrets
import signal
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

Item = TypeVar("Item")

LONGEST = 200  # characters of an error's own message
LONGEST_ANSWER = 1 << 26  # bytes
PROCESSOR_TIME = " of processor time"
IDLE = ", all of them idle"
_MEMORY = "MemoryError: it asked for more memory than it may have"
_MEMORY_LINE = json.dumps({"died": _MEMORY}).encode() + b"\n"  # made now: later there may be no memory for it


class Died(RuntimeError):
    """There is no answer. The message is one line for a learner: what happened, and what that usually means."""


class TimedOut(Died):
    """There was no answer in time. `stacks` is where each thread was then, if known: (file, line), innermost first.

    `limit` says which time was up: "" on the clock, PROCESSOR_TIME, or IDLE, when it waited and did nothing.
    """

    def __init__(self, seconds: float, stacks: Sequence[Sequence[tuple[str, int]]] = (), limit: str = "") -> None:
        usually = {
            "": "a loop that never ends, or a thread that waits for ever",
            PROCESSOR_TIME: "a loop that never ends",
            IDLE: "a thread that waits for ever",
        }
        super().__init__(f"no answer within {seconds:g} s{limit}: usually {usually[limit]}")
        self.stacks = stacks


def one_line(err: BaseException) -> str:
    """Return an error's type and message in one line, whatever it is: a message may be long, or raise when read."""
    name = type(err).__name__
    try:
        message = " ".join(str(err).split())
    except BaseException:
        return f"{name} (its message cannot be read)"
    if isinstance(err, SystemExit):
        return f"the code ended the process: it called exit({message})"
    if isinstance(err, MemoryError):
        return _MEMORY
    if isinstance(err, Died):
        return message
    shown = message if len(message) <= LONGEST else message[:LONGEST] + " …"
    return f"{name}: {shown}" if shown else name


def answer_line(function: Callable[[Item], object], item: Item) -> bytes:
    """Return the line that says what `function(item)` returned or raised."""
    try:
        try:
            return _encoded(function(item))
        except MemoryError:
            raise
        except BaseException as err:
            return json.dumps({"died": one_line(err)}).encode() + b"\n"
    except MemoryError:
        return _MEMORY_LINE


def _encoded(found: object) -> bytes:
    try:
        line = json.dumps({"answer": found}).encode() + b"\n"
    except (TypeError, ValueError, RecursionError) as err:
        raise TypeError(f"what it returned cannot be written as JSON: {err}") from None
    if len(line) > LONGEST_ANSWER:
        raise ValueError(f"what it returned is longer than {LONGEST_ANSWER:,} bytes")
    return line


def new_mark() -> bytes:
    """Return a word that nobody can guess. Only a line that begins with the question's mark is its answer."""
    return secrets.token_hex(16).encode()


def unpack(said: bytes, mark: bytes, died: Died) -> Any:
    """Return the answer that a process wrote; or Died, with its own words if it wrote some, else `died`.

    Whatever else was written to the same file, by code that wants to answer for itself, has no mark and is no answer.
    """
    *before, rest = said.split(mark + b" ")
    line, end, _ = rest.partition(b"\n")
    if not before or not end:  # there is no answer, or it is not whole
        return died
    try:
        found = json.loads(line)
        return Died(str(found["died"])) if "died" in found else found["answer"]
    except (ValueError, LookupError, TypeError):
        return died


def how_it_ended(status: int, written: bytes = b"") -> str:
    """Return what an exit status means, and the last line that the process wrote."""
    if status < 0:
        name = signal.Signals(-status).name if -status in set(signal.Signals) else f"signal {-status}"
        usually = {
            "SIGSEGV": ": it crashed in C code, or called itself too often",
            "SIGKILL": ": by its own hand, or since it took too much memory",
        }.get(name, "")
        return f"the process was killed by {name}{usually}"
    said = written.decode("utf-8", "replace").strip().splitlines()
    return f"the process ended with status {status} before it had answered: {said[-1] if said else 'os._exit, perhaps'}"


def write(out: int, line: bytes) -> None:
    """Write all of `line`, unless nobody reads."""
    with contextlib.suppress(OSError):  # it was closed, or nobody reads any more
        while line:
            line = line[os.write(out, line) :]
