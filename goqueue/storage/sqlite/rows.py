"""A job as a row of the file, and back."""

import json
from collections.abc import Sequence
from typing import Any

from ...job import Options, Record, Status
from ...payload import Frozen, as_text
from ...retry import Retry

COLUMNS = "key, type, payload, options, status, updated, attempts, max_retry, error, result, lost"
MOST = 2**63 - 1  # the greatest number that the file can hold


class Claimed(Record):
    """A record that knows which worker claimed it, because only that worker's outcome counts."""

    __slots__ = ("lost", "worker")

    lost: int  # how many times its worker died
    worker: int


def text_of(frozen: Frozen) -> str | None:
    """Return a frozen value as text for the file, or None for None."""
    return as_text(frozen) if isinstance(frozen, dict) else frozen


def storable(text: str) -> str:
    r"""Return a text that the file can hold: a lone surrogate, which a file name may contain, becomes an escape.

    >>> storable("no file \udcff")
    'no file \\udcff'
    """
    return text.encode(errors="backslashreplace").decode()


def row_of(record: Record, due: float) -> tuple[Any, ...]:
    """Return the values of a new row. Raises ValueError if the file cannot hold them."""
    if storable(record.type) != record.type:
        raise ValueError(
            f"job type is {record.type!r}: it holds a lone surrogate, which no file can hold: leave it out"
        )
    options = None if record.options is None else options_text(record.options)
    max_retry = min(record.max_retry, MOST)
    return (record.key, record.type, text_of(record.payload), options, due, max_retry)


def record_of(row: Sequence[Any]) -> Claimed:
    """Return the record in a row of COLUMNS."""
    key, kind, payload, options, status, updated, attempts, max_retry, error, result, lost = row
    record = Claimed(kind, payload, max_retry, None if options is None else options_of(options))
    record.key, record.status, record.updated, record.attempts = key, Status(status), updated, attempts
    record.error, record.result, record.lost = error, result, lost
    return record


def options_text(options: Options) -> str:
    """Return the options that are set as JSON text."""
    found = {
        "timeout": options.timeout,
        "deadline": options.deadline,
        "retry": None if options.retry is None else options.retry.kept(),
        "values": options.values,
    }
    return json.dumps({name: value for name, value in found.items() if value is not None})


def options_of(text: str) -> Options:
    """Return the options in a JSON text."""
    found = json.loads(text)
    if "retry" in found:
        found["retry"] = Retry.of_kept(found["retry"])
    return Options(**found)
