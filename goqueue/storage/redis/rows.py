"""A job as arguments of a script, and back from what a script returns."""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from ...job import CANCELLED, COMPLETED, FAILED, PENDING, RUNNING, Outcome, Record, Status
from ...progress import kept, loaded
from ...states import MOVES, Move, bounded, move_of
from ..sqlite.rows import MOST, check, options_of, options_text, storable, text_of

LETTERS = {PENDING: "p", RUNNING: "r", COMPLETED: "c", FAILED: "f", CANCELLED: "x"}
STATUSES = {letter: status for status, letter in LETTERS.items()}


class Claimed(Record):
    """A record that knows which claim it is of, because only an outcome of that claim counts."""

    __slots__ = ("owner",)

    owner: str  # the worker and its claim


class Row(NamedTuple):
    """A job as a script describes it. What is missing is False."""

    key: str
    type: str
    payload: str | None  # or False
    max_retry: str
    options: str | None
    status: str
    attempts: int
    error: str
    result: str | None
    updated: str
    lost: int
    cancelling: int
    progress: str | None


def key_text(key: int) -> str:
    """Return a key as the server has it: sixteen digits, so that texts are in the order of keys."""
    return f"{key:016d}"


def maybe(text: str | None) -> str:
    """Return a text that may be missing as one argument: with a mark before it, or nothing.

    >>> maybe("null"), maybe(None)
    ('=null', '')
    """
    return "" if text is None else f"={text}"


def arguments_of(record: Record) -> tuple[object, ...]:
    """Return a new job as arguments. Raises ValueError if no server can hold it."""
    if storable(record.type) != record.type:
        raise ValueError(
            f"job type is {record.type!r}: it holds a lone surrogate, which no server can hold: leave it out"
        )
    options = record.options
    name, limit_key = (None, None) if options is None else (options.key, options.limit_key)
    return (
        record.type,
        maybe(text_of(record.payload)),
        str(min(record.max_retry, MOST)),
        maybe(None if options is None else options_text(options)),
        record.priority,
        maybe(None if name is None else storable(name)),
        int(options is not None and options.key_kept),
        maybe(None if limit_key is None else storable(limit_key)),
    )


def outcome_of(record: Record, outcome: Outcome) -> tuple[object, ...]:
    """Return the end of an attempt as arguments."""
    move = move_of(outcome)
    ending, running = MOVES[move].ending, MOVES[move].running
    assert ending is not None
    assert running is not None
    error = storable(bounded(outcome.error) if outcome.counts else record.error)
    how = (LETTERS[ending], LETTERS[running], int(move is Move.HAND_BACK))
    return (key_text(record.key), owner_of(record), *how, error, maybe(text_of(outcome.result)), repr(outcome.delay))


def beat_of(record: Record) -> tuple[str, str, str]:
    """Return a job that runs here as arguments: which it is, of which claim, and how far it has come."""
    progress = record.progress
    return key_text(record.key), owner_of(record), maybe(None if progress is None else storable(kept(progress)))


def owner_of(record: Record) -> str:
    """Return which claim a record is of."""
    return record.owner if isinstance(record, Claimed) else ""


def record_of(values: Sequence[Any], owner: str = "") -> Claimed:
    """Return the record that a script describes. Raises ValueError if it is damaged."""
    row = Row(*values)
    try:
        options = options_of(row.options) if isinstance(row.options, str) else None
        record = Claimed(check(row.type, str), row.payload or None, int(row.max_retry), options)
        record.status = STATUSES[row.status]
        record.key, record.updated, record.attempts = int(row.key), float(row.updated), row.attempts
    except (ValueError, TypeError, KeyError, RecursionError) as err:
        raise ValueError(f"it is damaged on the server: {type(err).__name__}: {err}") from err
    record.error, record.result, record.owner = row.error, row.result or None, owner
    record.progress = loaded(row.progress) if row.progress else None
    return record


def readable(values: Sequence[Any], owner: str = "") -> Claimed:
    """Return the record that a script describes, or, if it is damaged, one whose error says so."""
    try:
        return record_of(values, owner)
    except ValueError as err:
        row = Row(*values)
        record = Claimed(str(row.type), None)
        record.key, record.attempts, record.owner = int(row.key), int(row.attempts), owner
        record.status, record.error = STATUSES.get(row.status, Status.FAILED), str(err)
        return record


def decoded(reply: bytes) -> Any:
    """Return what a script has written as JSON, or None for an empty text."""
    return json.loads(reply) if reply else None
