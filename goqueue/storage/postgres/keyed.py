"""The SQL of a claim under limits: jobs are looked for, counted by their types and limit keys, and claimed.

KEYS          walks from limit key to limit key by an index, so it takes time for each key that waits, not for each job
CLAIM_WITHIN  the claim of statements.py, which also counts what it has found: a job whose worker died counts, too

In a type whose limit keys have limits, nobody locks what he looks at: who looks holds the bucket of the type.
"""

from ...states import Move
from ..sqlite.gates import SEPARATOR
from ..sqlite.schema import COLUMNS
from ..sqlite.statements import NEAR, becomes
from .statements import MOMENT

SEPARATED = f"chr({ord(SEPARATOR)})"
_WAITS = "status = 'pending' AND NOT delayed"
_NAMED = f"{_WAITS} AND limit_key IS NOT NULL"  # exactly as in the index
_INNOCENT = "lost + 0 = 0"  # not as in the index `ready`, in which a limit key is far away
# Of each limit key of some types with a job that is due: how many run, the tokens that were left, and how long ago.
KEYS = f"""
    WITH RECURSIVE keys (type, each) AS (
        SELECT wanted.type, (SELECT min(limit_key) FROM {{s}}.jobs WHERE {_NAMED} AND type = wanted.type)
        FROM unnest(%s::text[]) AS wanted (type) WHERE wanted.type NOT IN (SELECT type FROM {{s}}.paused)
        UNION ALL
        SELECT keys.type, (
            SELECT min(limit_key) FROM {{s}}.jobs WHERE {_NAMED} AND type = keys.type AND limit_key > keys.each)
        FROM keys WHERE keys.each IS NOT NULL
    )
    SELECT keys.type, each,
        (SELECT count(*) FROM {{s}}.jobs
            WHERE status = 'running' AND limit_key IS NOT NULL AND type = keys.type AND limit_key = each),
        tokens, greatest(0, {MOMENT} - since)
    FROM keys LEFT JOIN {{s}}.buckets ON buckets.type = keys.type || {SEPARATED} || each
    WHERE each IS NOT NULL
    ORDER BY (SELECT min(due) FROM {{s}}.jobs WHERE {_NAMED} AND type = keys.type AND limit_key = each)
"""
CLAIM_WITHIN = f"""
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(%(types)s::text[], %(rooms)s::integer[], %(keyed)s::boolean[]) AS each (type, room, keyed)
        WHERE room > 0 AND type NOT IN (SELECT type FROM {{s}}.paused)
    ), named AS MATERIALIZED (
        SELECT * FROM unnest(%(key_types)s::text[], %(limit_keys)s::text[], %(key_rooms)s::integer[])
            AS each (type, limit_key, key_room)
    ), suspect AS MATERIALIZED (
        SELECT key, due, type, limit_key FROM {{s}}.jobs AS job
        WHERE {_WAITS} AND lost > 0 AND type IN (SELECT type FROM wanted)
        AND (limit_key IS NULL OR type IN (SELECT type FROM wanted WHERE NOT keyed)
            OR (type, limit_key) IN (SELECT type, limit_key FROM named))
        AND NOT EXISTS (SELECT 1 FROM {{s}}.jobs WHERE status = 'running' AND worker = %(worker)s AND lost > 0)
        ORDER BY due, key LIMIT 1
    ), found AS MATERIALIZED (
        SELECT job.*, room, NULL::integer AS key_room FROM wanted CROSS JOIN LATERAL (
            SELECT key, due, type, limit_key FROM {{s}}.jobs
            WHERE {_WAITS} AND lost = 0 AND type = wanted.type
            ORDER BY due, key LIMIT wanted.room FOR UPDATE SKIP LOCKED
        ) AS job WHERE NOT keyed
        UNION ALL
        SELECT job.*, room, NULL FROM wanted CROSS JOIN LATERAL (
            SELECT * FROM (
                SELECT key, due, type, limit_key FROM {{s}}.jobs
                WHERE {_WAITS} AND lost = 0 AND type = wanted.type ORDER BY due, key LIMIT {NEAR}
            ) AS near WHERE limit_key IS NULL ORDER BY due, key LIMIT wanted.room
        ) AS job WHERE keyed
        UNION ALL
        SELECT job.*, room, key_room FROM named JOIN wanted USING (type) CROSS JOIN LATERAL (
            SELECT key, due, type, limit_key FROM {{s}}.jobs
            WHERE {_NAMED} AND {_INNOCENT} AND type = named.type AND limit_key = named.limit_key
            ORDER BY due, key LIMIT named.key_room
        ) AS job
        UNION ALL
        SELECT suspect.*, room, key_room FROM suspect JOIN wanted USING (type) LEFT JOIN named USING (type, limit_key)
    ), chosen AS (
        SELECT key, due FROM (
            SELECT *, row_number() OVER (PARTITION BY type ORDER BY due, key) AS place FROM (
                SELECT *, row_number() OVER (PARTITION BY type, limit_key ORDER BY due, key) AS key_place FROM found
            ) AS each WHERE key_room IS NULL OR key_place <= key_room
        ) AS each WHERE place <= room ORDER BY due, key LIMIT %(limit)s
    )
    UPDATE {{s}}.jobs SET
        status = {becomes(Move.CLAIM)}, attempts = attempts + 1, worker = %(worker)s, claim = %(claim)s,
        updated = {MOMENT}, progress = NULL
    WHERE key = ANY(ARRAY(
        SELECT key FROM {{s}}.jobs WHERE key = ANY(ARRAY(SELECT key FROM chosen)) AND {_WAITS} FOR UPDATE SKIP LOCKED))
    RETURNING {COLUMNS}, due, limit_key
"""
