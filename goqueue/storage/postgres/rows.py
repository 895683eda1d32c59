"""A job as a row of the database, and back: as in SQLite, but for what PostgreSQL cannot hold.

PostgreSQL has no text with a NUL. Payloads and results are JSON, which writes one as an escape; an error's is replaced.
"""

from collections.abc import Sequence
from typing import Any

from ...job import Outcome, Record
from ...progress import kept
from ...states import MOVES, Move, bounded, move_of
from ..sqlite.rows import Claimed, row_of, text_of
from ..sqlite.rows import storable as escaped


def storable(text: str) -> str:
    r"""Return a text that the database can hold: a lone surrogate becomes an escape, and so does a NUL.

    >>> storable("no file \udcff\x00")
    'no file \\udcff\\x00'
    """
    return escaped(text).replace("\x00", "\\x00")


def columns_of(records: Sequence[Record]) -> dict[str, list[Any]]:
    """Return new jobs, a list for each column. Raises ValueError if the database cannot hold one."""
    rows = [row_of(record, 0.0) for record in records]
    for row in rows:
        check_text(row.type, "job type")
        check_text(row.name, "key")
        check_text(row.limit_key, "limit_key")
    return {
        "types": [row.type for row in rows],
        "payloads": [row.payload for row in rows],
        "options": [row.options for row in rows],
        "max_retry": [row.max_retry for row in rows],
        "priority": [row.priority for row in rows],
        "name": [row.name for row in rows],
        "kept": [bool(row.kept) for row in rows],
        "limit_key": [row.limit_key for row in rows],
    }


def check_text(text: str | None, what: str) -> None:
    """Raise ValueError if a text holds a NUL."""
    if text is not None and "\x00" in text:
        raise ValueError(f"{what} is {text!r}: it holds a NUL, which PostgreSQL cannot hold: leave it out")


def outcomes_of(settled: Sequence[tuple[Record, Outcome]]) -> dict[str, list[Any]]:
    """Return how attempts ended, a list for each value of SETTLE."""
    moves = [move_of(outcome) for _, outcome in settled]
    return {
        "key": [record.key for record, _ in settled],
        "worker": [worker_of(record) for record, _ in settled],
        "status": [str(MOVES[move].running) for move in moves],
        "ending": [str(MOVES[move].ending) for move in moves],
        "back": [move is Move.HAND_BACK for move in moves],
        "error": [storable(bounded(outcome.error)) if outcome.counts else None for _, outcome in settled],
        "result": [text_of(outcome.result) for _, outcome in settled],
        "delay": [float(outcome.delay) for _, outcome in settled],
        "counts": [outcome.counts for _, outcome in settled],
    }


def progress_of(running: Sequence[Record]) -> tuple[list[Any], list[Any], list[Any]]:
    """Return how far jobs are, a list for each value of REPORT."""
    texts = [None if record.progress is None else kept(record.progress) for record in running]
    return [record.key for record in running], [worker_of(record) for record in running], texts


def worker_of(record: Record) -> int | None:
    """Return who claimed a job."""
    return record.worker if isinstance(record, Claimed) else None
