"""The SQL of the storage. {s} is the schema; `moment` is the server's clock, read once in each statement.

Each statement finds its rows by an index, whatever the statistics of the tables say, because a queue's table is empty
at one moment and has a million rows at the next: rows are named by `key = ANY(…)`, which leaves the planner no choice.
"""

from typing import Any

from ...job import STEP
from ...states import FINAL, Move
from ..protocol import Query
from ..sqlite.schema import COLUMNS
from ..sqlite.statements import LOOK, becomes, may, quoted

MOMENT = "(SELECT {s}.moment())"
SINCE = "key * 1.024e-6::double precision"  # the moment of submission
ENDED = f"status IN ({quoted(FINAL)})"  # exactly as in the index
HELD = "name IS NOT NULL AND (kept OR status IN ('pending', 'running'))"  # exactly as in the index
_NEW = "type, payload, options, max_retry, priority, name, kept, limit_key"
_ROWS = (
    "unnest(%(types)s::text[], %(payloads)s::text[], %(options)s::text[], %(max_retry)s::bigint[], "
    "%(priority)s::integer[], %(name)s::text[], %(kept)s::boolean[], %(limit_key)s::text[]) WITH ORDINALITY"
)
# A caller's own connection may lead elsewhere: then the node is another, and nothing is inserted.
INSERT = f"""
    WITH base AS MATERIALIZED (
        SELECT {{s}}.take_keys(%(count)s) AS first, {{s}}.moment() AS now FROM {{s}}.meta WHERE node = %(node)s
    ), added AS (
        INSERT INTO {{s}}.jobs (key, due, delayed, {_NEW})
        SELECT first + n - 1,
            CASE WHEN %(delay)s::double precision > 0 THEN now + %(delay)s::double precision
                 ELSE (first + n - 1) * 1.024e-6::double precision - {STEP} * priority END,
            %(delay)s::double precision > 0, {_NEW}
        FROM base, {_ROWS} AS new ({_NEW}, n)
        ON CONFLICT (type, name) WHERE {HELD} DO NOTHING
        RETURNING key
    )
    SELECT min(key), count(*), (SELECT count(*) FROM base) FROM added
"""
HOLDER = f"SELECT {LOOK} FROM {{s}}.jobs WHERE type = %s AND name = %s AND {HELD}"
HOLD = f"{HOLDER} FOR UPDATE"
LET_GO = "UPDATE {s}.jobs SET name = NULL WHERE key = %s"
CANCEL = f"""
    UPDATE {{s}}.jobs SET
        cancelling = (status = 'running'),
        updated = CASE status WHEN 'pending' THEN {MOMENT} ELSE updated END,
        status = {becomes(Move.CANCEL)}
    WHERE key = %s AND {may(Move.CANCEL)}
"""
GET = f"SELECT {LOOK} FROM {{s}}.jobs WHERE key = %s"
DELETE = "DELETE FROM {s}.jobs WHERE key = %s AND status <> 'running' RETURNING 1"
DELETE_ENDED = f"DELETE FROM {{s}}.jobs WHERE key = %s AND {ENDED} RETURNING 1"
COUNT = "SELECT status, count(*) FROM {s}.jobs GROUP BY status"
TALLY = "SELECT type, status, count(*) FROM {s}.jobs GROUP BY type, status"
BACKLOG = f"""
    SELECT (SELECT count(*) FROM {{s}}.jobs WHERE status = 'pending' AND NOT delayed AND lost = 0)
        + (SELECT count(*) FROM {{s}}.jobs WHERE status = 'pending' AND NOT delayed AND lost > 0)
        + (SELECT count(*) FROM {{s}}.jobs WHERE status = 'pending' AND delayed AND due <= {MOMENT})
"""
OLDEST_DUE = f"""
    SELECT {MOMENT} - least(
        (SELECT due + {STEP} * priority FROM {{s}}.jobs WHERE status = 'pending' AND NOT delayed ORDER BY due LIMIT 1),
        (SELECT min(due) FROM {{s}}.jobs WHERE status = 'pending' AND delayed AND due <= {MOMENT}))
"""
NEXT_DUE = f"""
    SELECT min(due) - {MOMENT} FROM {{s}}.jobs WHERE status = 'pending' AND delayed AND due > {MOMENT}
"""
LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {s}.keys"
# What has become due gets the place that its priority gives it.
RELEASE = f"""
    UPDATE {{s}}.jobs SET delayed = false, due = due - {STEP} * priority WHERE key = ANY(ARRAY(
        SELECT key FROM {{s}}.jobs WHERE status = 'pending' AND delayed AND due <= {MOMENT}
        ORDER BY due LIMIT 1000 FOR UPDATE SKIP LOCKED))
"""
# A job whose worker died is a suspect: one at a time is claimed by each worker, and the others keep their places.
CLAIM = f"""
    WITH found AS MATERIALIZED (
        SELECT job.key, job.due FROM (
            SELECT * FROM unnest(%(types)s::text[]) AS each (type)
            WHERE type NOT IN (SELECT type FROM {{s}}.paused) OFFSET 0
        ) AS wanted
        CROSS JOIN LATERAL (
            SELECT key, due FROM {{s}}.jobs
            WHERE status = 'pending' AND NOT delayed AND lost = 0 AND type = wanted.type
            ORDER BY due, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED
        ) AS job
        UNION ALL
        SELECT * FROM (
            SELECT key, due FROM {{s}}.jobs
            WHERE status = 'pending' AND NOT delayed AND lost > 0 AND type = ANY(%(types)s::text[])
            AND type NOT IN (SELECT type FROM {{s}}.paused)
            AND NOT EXISTS (
                SELECT 1 FROM {{s}}.jobs WHERE status = 'running' AND worker = %(worker)s AND lost > 0)
            ORDER BY due, key LIMIT 1 FOR UPDATE SKIP LOCKED
        ) AS suspect
    )
    UPDATE {{s}}.jobs SET
        status = {becomes(Move.CLAIM)}, attempts = attempts + 1, worker = %(worker)s, claim = %(claim)s,
        updated = {MOMENT}, progress = NULL
    WHERE key = ANY(ARRAY(SELECT key FROM found ORDER BY due, key LIMIT %(limit)s))
    RETURNING {COLUMNS}, due
"""
# What was claimed when the connection was lost: nobody has got it.
UNCLAIM = f"""
    UPDATE {{s}}.jobs SET
        status = {becomes(Move.HAND_BACK)}, attempts = attempts - CASE WHEN cancelling THEN 0 ELSE 1 END,
        worker = NULL, claim = NULL
    WHERE status = 'running' AND worker = %s AND claim = ANY(%s)
"""
COMPLETE = f"""
    UPDATE {{s}}.jobs SET
        status = {becomes(Move.COMPLETE)}, error = '', result = NULL, updated = {MOMENT}, worker = NULL, claim = NULL
    WHERE key = ANY(%s) AND worker = %s AND {may(Move.COMPLETE)}
    RETURNING key
"""
SETTLE = f"""
    UPDATE {{s}}.jobs SET
        status = CASE WHEN cancelling THEN new.ending ELSE new.status END,
        attempts = attempts - CASE WHEN NOT cancelling AND new.back THEN 1 ELSE 0 END,
        error = coalesce(new.error, jobs.error), result = new.result, delayed = new.delay > 0,
        due = CASE WHEN new.delay > 0 THEN {MOMENT} + new.delay
                   WHEN new.counts THEN {MOMENT} - {STEP} * priority
                   ELSE {SINCE.replace("key", "jobs.key")} - {STEP} * priority END,
        updated = {MOMENT}, worker = NULL, claim = NULL
    FROM unnest(%(key)s::bigint[], %(worker)s::bigint[], %(status)s::text[], %(ending)s::text[], %(back)s::boolean[],
        %(error)s::text[], %(result)s::text[], %(delay)s::double precision[], %(counts)s::boolean[])
        AS new (key, worker, status, ending, back, error, result, delay, counts)
    WHERE jobs.key = ANY(%(key)s::bigint[]) AND jobs.key = new.key AND jobs.worker = new.worker
    AND jobs.{may(Move.COMPLETE)}
    RETURNING jobs.key
"""
FAIL = f"""
    UPDATE {{s}}.jobs SET status = {becomes(Move.FAIL)}, error = %s, updated = {MOMENT}, worker = NULL, claim = NULL
    WHERE key = %s AND {may(Move.FAIL)}
"""
REPORT = """
    UPDATE {s}.jobs SET progress = new.progress
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS new (key, worker, progress)
    WHERE jobs.key = new.key AND jobs.worker = new.worker AND status = 'running'
"""
CANCELLING = "SELECT key FROM {s}.jobs WHERE key = ANY(%s) AND status = 'running' AND cancelling"
ATTENDED = "SELECT 1 FROM {s}.workers LIMIT 1"
PAUSED = "SELECT type FROM {s}.paused ORDER BY type"
PAUSE = "INSERT INTO {s}.paused VALUES (%s) ON CONFLICT DO NOTHING"
RESUME = "DELETE FROM {s}.paused WHERE type = %s"
# Nothing is lost with it if the server stops in the next moment, so it does not wait for the disk.
RING = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)"
NOTED = "SELECT value FROM {s}.notes WHERE name = %s"
NOTE_FIRST = "INSERT INTO {s}.notes VALUES (%(name)s, %(after)s) ON CONFLICT DO NOTHING RETURNING 1"
NOTE = "UPDATE {s}.notes SET value = %(after)s WHERE name = %(name)s AND value = %(before)s RETURNING 1"


class Statements:
    """Makes statements for one schema: `sql(COUNT)`. Each is made once."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._made: dict[str, bytes] = {}

    def __call__(self, text: str) -> bytes:
        found = self._made.get(text)
        if found is None:
            found = self._made[text] = text.replace("{s}", self._schema).encode()
        return found

    def listing(self, query: Query) -> tuple[bytes, list[Any]]:
        """Return the statement of a query, and its values."""
        wanted: dict[str, Any] = {"key > %s": query.after}
        if query.status is not None:
            wanted["status = %s"] = str(query.status)
        if query.type is not None:
            wanted["type = %s"] = query.type
        if query.created_before is not None:
            wanted["key < %s"] = int(max(query.created_before, 0.0) * 1e9 / 1024)
        text = f"SELECT {LOOK} FROM {{s}}.jobs WHERE {' AND '.join(wanted)} ORDER BY key LIMIT %s"
        return self(text), [*wanted.values(), query.limit]
