"""Forgetting what retention no longer keeps: a page at a time, so that nobody waits for it and little is left behind.

One process at a time does it for all. How long a page took decides when the next look is due, so that it costs the
server a small share of its time, whether there are two processes or two hundred.
"""

import time
from collections.abc import Callable, Container

from ..protocol import Retention
from .schema import ADVISORY
from .session import Session
from .statements import MOMENT, Statements

PAGE = 2000  # jobs to forget in one commit
EVERY = 10.0  # seconds between two looks of one process
SHARE = 200.0  # one part in so many of the time goes into looking for what is to be forgotten
DUE = f"SELECT forget_at <= {MOMENT} FROM {{s}}.meta"
LOCK = "SELECT pg_try_advisory_xact_lock(%s, '{s}.meta'::regclass::oid::bigint::bit(32)::integer)"
LATER = f"UPDATE {{s}}.meta SET forget_at = {MOMENT} + %s"
OLD = f"""
    SELECT key FROM {{s}}.jobs WHERE status = %s AND updated < {MOMENT} - %s::double precision
    ORDER BY updated LIMIT {PAGE}
"""
MANY = f"SELECT key FROM {{s}}.jobs WHERE status = %s ORDER BY updated DESC, key DESC OFFSET %s LIMIT {PAGE}"
FORGET = "DELETE FROM {s}.jobs WHERE key = ANY(%s)"


def forget(
    on: Session, sql: Statements, keep: Retention, awaited: Container[int], prune: Callable[[Session], None]
) -> bool:
    """Forget a page of the jobs that are no longer kept and not awaited. Return whether there may be more.

    `prune` forgets the buckets that nobody needs, in the same transaction.
    """
    if not on.execute(sql(DUE)).fetchall()[0][0]:
        return False
    with on.transaction():
        if not on.execute(sql(LOCK), (ADVISORY,)).fetchall()[0][0]:
            return False
        begun = time.monotonic()
        keys = _keys(on, sql, keep)
        took = time.monotonic() - begun
        gone = [key for key in keys if key not in awaited]
        on.execute(sql(FORGET), (gone,))
        prune(on)
        full = len(gone) >= PAGE
        on.execute(sql(LATER), (0.0 if full else took * SHARE,))
    return full


def _keys(on: Session, sql: Statements, keep: Retention) -> set[int]:
    found: set[int] = set()
    for status, seconds in (("completed", keep.completed), ("cancelled", keep.completed), ("failed", keep.failed)):
        if seconds is not None:
            found |= {key for (key,) in on.execute(sql(OLD), (status, seconds))}
        if keep.most is not None:
            found |= {key for (key,) in on.execute(sql(MANY), (status, keep.most))}
    return found
