"""A job as a row of the file, and back."""

import json
from collections.abc import Sequence
from types import NoneType
from typing import Any

from ...job import Options, Record, Status
from ...payload import Frozen, plain_text
from ...progress import loaded
from ...retry import Retry
from .schema import New, Row

NO_OPTIONS = (0, None, 0, None)
MOST = 2**63 - 1  # the greatest number that the file can hold


class Claimed(Record):
    """A record that knows which worker claimed it, because only that worker's outcome counts."""

    __slots__ = ("lost", "worker")

    lost: int  # how many times its worker died
    worker: int


def text_of(frozen: Frozen) -> str | None:
    """Return a frozen value as text for the file, or None for None."""
    return plain_text(frozen) if isinstance(frozen, dict) else frozen


def storable(text: str) -> str:
    r"""Return a text that the file can hold: a lone surrogate, which a file name may contain, becomes an escape.

    >>> storable("no file \udcff")
    'no file \\udcff'
    """
    return text.encode(errors="backslashreplace").decode()


def row_of(record: Record, due: float | None) -> New:
    """Return a new row, for a job that waits for a moment, or for none. Raises ValueError if no file can hold it."""
    if storable(record.type) != record.type:
        raise ValueError(
            f"job type is {record.type!r}: it holds a lone surrogate, which no file can hold: leave it out"
        )
    options = None if record.options is None else options_text(record.options)
    max_retry = min(record.max_retry, MOST)
    delayed = due is not None
    when = record.place(record.created) if due is None else due
    found = NO_OPTIONS if record.options is None else of_options(record.options)
    return New(record.key, record.type, text_of(record.payload), options, when, int(delayed), max_retry, *found)


def of_options(options: Options) -> tuple[int, str | None, int, str | None]:
    """Return those of the options that have columns: the file finds jobs by them."""
    return options.priority, options.key, int(options.key_kept), options.limit_key


def record_of(values: Sequence[Any]) -> Claimed:
    """Return the record in a row of COLUMNS. Raises ValueError if the row is damaged."""
    row = Row(*values)
    try:
        options = None if row.options is None else options_of(row.options)
        record = Claimed(check(row.type, str), check(row.payload, str, NoneType), check(row.max_retry, int), options)
        record.status = Status(row.status)
    except (ValueError, TypeError, KeyError, RecursionError) as err:
        raise ValueError(f"its row in the file is damaged: {type(err).__name__}: {err}") from err
    record.key, record.updated, record.attempts = row.key, row.updated, row.attempts
    record.error, record.result, record.lost = row.error, row.result, row.lost
    return record


def readable(values: Sequence[Any]) -> Claimed:
    """Return the record in a row of LOOK, or, if the row is damaged, one whose error says so."""
    *values, progress = values
    try:
        record = record_of(values)
        record.progress = None if progress is None else loaded(progress)
        return record
    except ValueError as err:
        row = Row(*values)
        record = Claimed(str(row.type), None)
        record.key, record.lost, record.attempts = row.key, 0, row.attempts if isinstance(row.attempts, int) else 0
        record.status = Status(row.status) if row.status in list(Status) else Status.FAILED
        record.error = str(err)
        return record


def check(value: Any, *kinds: type) -> Any:
    """Return a value of one of these types. Raises TypeError if it is of another."""
    if not isinstance(value, kinds):
        raise TypeError(f"{value!r:.80} is no {' or '.join(kind.__name__ for kind in kinds)}")
    return value


def options_text(options: Options) -> str:
    """Return the options that are set as JSON text."""
    found = {
        "timeout": options.timeout,
        "deadline": options.deadline,
        "retry": None if options.retry is None else options.retry.kept(),
        "values": options.values,
        "priority": options.priority or None,
        "key": options.key,
        "key_kept": options.key_kept or None,
        "before": options.before,
        "limit_key": options.limit_key,
    }
    return json.dumps({name: value for name, value in found.items() if value is not None})


def options_of(text: str) -> Options:
    """Return the options in a JSON text. Raises ValueError, TypeError or KeyError if they are damaged."""
    found = json.loads(text)
    number = (int, float, NoneType)
    kept = check(found.pop("retry", None), dict, NoneType)
    return Options(
        timeout=check(found.pop("timeout", None), *number),
        deadline=check(found.pop("deadline", None), *number),
        values=check(found.pop("values", None), dict, NoneType),
        priority=check(found.pop("priority", 0), int),
        key=check(found.pop("key", None), str, NoneType),
        key_kept=check(found.pop("key_kept", False), bool),
        before=check(found.pop("before", None), dict, NoneType),
        limit_key=check(found.pop("limit_key", None), str, NoneType),
        retry=None if kept is None else Retry.of_kept(kept),
        **found,
    )
