"""The finished queue on a server beside its peers there: for each comparison who, how many, and what is the goal."""

from collections.abc import Callable

from ..harness import OURS, Comparison, Contender, Goal, Measure
from .costs import claims, logged, remembered
from .measures import Kind, drains, submits, waits, wakes
from .postgres_systems import Bare, BareFifty, PgQueuer, Procrastinate
from .redis_systems import Bare as BareScript
from .redis_systems import BareTwenty, Dramatiq, Huey, Rq, Saq
from .servers import on_postgres, on_valkey
from .system import Ours, OursOfFive

SHARE = 5  # peers are given so much less to do
TWO = "two workers in each process, all records kept"
ROWS_10, ROWS_50 = "bare loop, 10 a claim", "bare loop, 50 a claim"
APART = f"{OURS}, 50 processes"
IDS_1, IDS_20 = "bare script, 1 a call", "bare script, 20 a call"
PG_PEERS: dict[str, tuple[Kind, str]] = {
    "procrastinate": (Procrastinate, "10 jobs at a time"),
    "pgqueuer": (PgQueuer, "asyncpg, 10 in a batch"),
}
REDIS_PEERS: dict[str, tuple[Kind, str]] = {
    "huey": (Huey, "two threads; deletes at dequeue: at most once"),
    "saq": (Saq, "10 jobs at a time"),
    "rq": (Rq, "SimpleWorker: one at a time, no fork"),
    "dramatiq": (Dramatiq, "two threads"),
}
DRAINED = tuple(f"{count}, jobs/s" for count in ("1 process", "2 processes", "4 processes"))


def with_peers(peers: dict[str, tuple[Kind, str]], measure: Callable[[Kind], Measure]) -> tuple[Contender, ...]:
    """Return the peers, each measured by what `measure` makes of its system."""
    return tuple(Contender(name, measure(kind), how) for name, (kind, how) in peers.items())


COMPARISONS = {
    "postgres_drain": Comparison(
        """PostgreSQL: worker processes run no-op jobs that were submitted before (fsync on).

        The bare loop claims and completes in one transaction, and keeps nothing else: no lease, no attempt, no result.
        Two cores carry the server, the workers, and what measures. Peers have a fifth of the jobs to run; "the others"
        below are these peers.
        """,
        (
            Contender(OURS, drains(on_postgres, Ours), TWO),
            *with_peers(PG_PEERS, lambda kind: drains(on_postgres, kind, SHARE)),
            Contender(ROWS_10, drains(on_postgres, Bare), "FOR UPDATE SKIP LOCKED"),
            Contender(ROWS_50, drains(on_postgres, BareFifty), "the same"),
        ),
        size=20_000,
        quick=1_000,
        rounds=2,
        goals=tuple(
            goal
            for figure in DRAINED
            for goal in (
                Goal(figure, "≥", 10, tuple(PG_PEERS)),
                Goal(figure, "≥", 0.7, (ROWS_10,)),
                Goal(figure, "≥", 0.7, (ROWS_50,)),
            )
        ),
    ),
    "postgres_submit": Comparison(
        "PostgreSQL: one thread submits (fsync on).",
        (
            Contender(OURS, submits(on_postgres, Ours)),
            *with_peers(PG_PEERS, lambda kind: submits(on_postgres, kind)),
            Contender("bare INSERT", submits(on_postgres, Bare), "a row, or 1,000 rows, in a transaction"),
        ),
        size=20_000,
        quick=1_000,
        rounds=2,
        goals=(Goal("one by one/s", "≥", 1, tuple(PG_PEERS)), Goal("in batches of 1,000/s", "≥", 30_000)),
    ),
    "postgres_wake": Comparison(
        "PostgreSQL: from the submission to the handler in another process, which sleeps.",
        (
            Contender(OURS, wakes(on_postgres, Ours)),
            *with_peers(PG_PEERS, lambda kind: wakes(on_postgres, kind)),
        ),
        size=300,
        quick=10,
        rounds=2,
        goals=(Goal("p50, ms", "≤", 5), Goal("p99, ms", "≤", 25)),
    ),
    "postgres_claims": Comparison(
        "PostgreSQL: a claim on an empty table, and beside so many finished and a tenth as many delayed jobs.",
        (Contender(OURS, claims, "the median of 300 claims of one job"),),
        size=10_000_000,
        quick=1_000,
        rounds=1,
        goals=(Goal("kept ÷ empty", "≤", 1.3),),
    ),
    "postgres_waits": Comparison(
        "PostgreSQL: 50 workers that have nothing to do, for so many seconds.",
        (
            Contender(OURS, waits(on_postgres, OursOfFive, 10), "10 processes of 5 workers; a call is a transaction"),
            Contender(APART, waits(on_postgres, Ours, 50), "50 processes, of two workers each"),
        ),
        size=30,
        quick=1,
        rounds=1,
        goals=(Goal("calls a second", "≤", 50), Goal("server, % of a core", "≤", 2)),
    ),
    "postgres_costs": Comparison(
        "PostgreSQL: what a job costs, in bytes of its log and in time of a core, the worker's and the server's.",
        (Contender(OURS, logged, "a payload of 12 bytes"),),
        size=20_000,
        quick=1_000,
        rounds=2,
    ),
    "redis_drain": Comparison(
        """Valkey: worker processes run no-op jobs that were submitted before (appendfsync everysec).

        The bare script takes ids and acknowledges those of the call before. Peers have a fifth of the jobs to run;
        "the others" below are these peers.
        """,
        (
            Contender(OURS, drains(on_valkey, Ours), TWO),
            *with_peers(REDIS_PEERS, lambda kind: drains(on_valkey, kind, SHARE)),
            Contender(IDS_1, drains(on_valkey, BareScript), "RPOP, HSET, HDEL in a script"),
            Contender(IDS_20, drains(on_valkey, BareTwenty), "the same"),
        ),
        size=20_000,
        quick=1_000,
        rounds=2,
        goals=tuple(
            goal
            for figure in DRAINED
            for goal in (
                Goal(figure, "≥", 3, tuple(REDIS_PEERS)),
                Goal(figure, "≥", 0.7, (IDS_1,)),
                Goal(figure, "≥", 0.7, (IDS_20,)),
            )
        ),
    ),
    "redis_submit": Comparison(
        "Valkey: one thread submits (appendfsync everysec).",
        (
            Contender(OURS, submits(on_valkey, Ours)),
            *with_peers(REDIS_PEERS, lambda kind: submits(on_valkey, kind)),
            Contender("bare LPUSH", submits(on_valkey, BareScript), "an id, or 1,000"),
        ),
        size=20_000,
        quick=1_000,
        rounds=2,
    ),
    "redis_wake": Comparison(
        "Valkey: from the submission to the handler in another process, which sleeps.",
        (
            Contender(OURS, wakes(on_valkey, Ours)),
            *with_peers(REDIS_PEERS, lambda kind: wakes(on_valkey, kind)),
        ),
        size=300,
        quick=10,
        rounds=2,
        goals=(Goal("p50, ms", "≤", 5), Goal("p99, ms", "≤", 25)),
    ),
    "redis_waits": Comparison(
        "Valkey: 50 workers that have nothing to do, for so many seconds.",
        (
            Contender(OURS, waits(on_valkey, OursOfFive, 10), "10 processes of 5 workers; a call is a command"),
            Contender(APART, waits(on_valkey, Ours, 50), "50 processes, of two workers each"),
        ),
        size=30,
        quick=1,
        rounds=1,
        goals=(Goal("server, % of a core", "≤", 2),),
    ),
    "redis_memory": Comparison(
        "Valkey: memory of a job that waits, and of one that has completed and is kept.",
        (Contender(OURS, remembered, "a payload of 12 bytes, no result"),),
        size=20_000,
        quick=1_000,
        rounds=2,
    ),
}
