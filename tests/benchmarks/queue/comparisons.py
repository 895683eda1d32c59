"""The finished queue beside its peers: for each comparison who, how many, in how many rounds, and what is the goal."""

from functools import partial

from ..harness import EXECUTOR, OURS, Comparison, Contender, Goal
from .beside import looking, stopping, waiting
from .bounds import bare_statements, by_hand
from .measures import (
    FULL_SIZE,
    GROWTH,
    TRACED,
    all_parked,
    asking,
    growing,
    importing,
    lateness,
    parked,
    weighing,
)
from .naive_port import Naive
from .peers import WORKERS, Ours, bare, driving, executor, in_file
from .sqlite_peers import queue_max, sqlite_peers

BARE, NAIVE = "bare queue.Queue", "naive port of the plan"
PORT = "dataclass, uuid4, datetime, RLock; channel of 1,024; all records kept"
QUEUED, PARKED = f"{OURS}, queued", f"{OURS}, parked retry"
BY_HAND, STATEMENTS = f"{OURS}, by hand", f"{OURS}, bare statements"
ALONE = f"{OURS}, not waited for"
NO_WORKER = "no worker started, no bound"
ON_SQLITE = (
    *sqlite_peers("NORMAL"),
    driving("queue-max", lambda: queue_max(6), "its Worker threads; 6 files, as by default"),
    driving("queue-max, 1 file", lambda: queue_max(1), "the same"),
)
MODULES = {
    OURS: "goqueue",
    EXECUTOR: "concurrent.futures.thread",
    "huey": "huey",
    "persist-queue": "persistqueue",
    "litequeue": "litequeue",
    "queue-max": "queue_max",
}
GROWING = {f"{OURS}, {n} worker{'s' if n > 1 else ''}": n for n in (1, 4, 16, 64)}

COMPARISONS = {
    "in_memory": Comparison(
        """In memory: jobs that do nothing, one producer, 4 workers.

        A bare queue remembers nothing. A record, its moves, its context and its payload are the rest of what a job
        costs here. The last line is what a queue that keeps these promises could reach if threads cost nothing.
        """,
        (
            driving(OURS, Ours, "buffer of 1,024, all records kept"),
            driving(EXECUTOR, executor, "no bound, all futures kept"),
            driving(BARE, bare, "1,024 places, no record"),
            driving(NAIVE, Naive, PORT),
            Contender(BY_HAND, by_hand, "the same calls, one thread, nobody waits for anybody"),
        ),
        size=200_000,
        quick=1_000,
        rounds=5,
        goals=(Goal("run/s", "≥", 3.2, (EXECUTOR,)),),
    ),
    "one_by_one": Comparison(
        "One job at a time, from submit to done, as the thread that waits for it sees it; 4 workers, in memory.",
        (
            Contender(OURS, asking(Ours), "queue.wait(submit_job(…).id)"),
            Contender(EXECUTOR, asking(executor), "submit(…).result()"),
        ),
        size=20_000,
        quick=200,
        rounds=5,
        goals=tuple(Goal(f"{name}, µs", "≤", 1, (EXECUTOR,)) for name in ("p50", "p99")),
    ),
    "weights": Comparison(
        """Memory of a job that waits in a queue, and of one that waits for its next attempt.

        Twice: as the growth of the process (resident set, where Linux says it), and as what tracemalloc counts. Both
        include the payload, `{"order": 17}`, which the caller makes and the queue keeps; the bare queue shows what
        that is.
        """,
        (
            Contender(QUEUED, weighing(lambda: Ours(started=False)), NO_WORKER),
            Contender(PARKED, weighing(parked, all_parked), "failed once, due in an hour by the handler's policy"),
            Contender(
                "ThreadPoolExecutor, queued",
                weighing(lambda: executor(held=True)),
                "its workers are held; the future is kept",
            ),
            Contender("bare queue.Queue, queued", weighing(lambda: bare(0, 0)), "the payload alone, no record"),
            Contender("naive port, queued", weighing(lambda: Naive(0)), NO_WORKER),
        ),
        size=100_000,
        quick=1_000,
        goals=(Goal(TRACED, "≤", 433, who=QUEUED), Goal(TRACED, "≤", 545, who=PARKED)),
    ),
    "lateness": Comparison(
        """Retries parked, due one after another within 20 s: how many threads that takes, and how late they run.

        Each job fails once. Its second attempt is due its own wait after that; how late it starts is measured by the
        handler. The first is due only when all are parked, so that submitting them does not disturb. 4 workers, in
        memory.
        """,
        (Contender(OURS, lateness, "each with a wait of its own, no jitter"),),
        size=FULL_SIZE,
        quick=1_000,
        goals=(Goal("threads", "≤", WORKERS + 2), Goal("late, p99, ms", "≤", 2)),
    ),
    "each_commit": Comparison(
        """SQLite, a commit for each transition (WAL, synchronous NORMAL): one producer, 4 workers.

        A commit for each job is a wait for each job, for every queue that is set up like this. The last line is what
        our own statements take, without a queue, a handler or a second thread.
        """,
        (
            driving(OURS, partial(in_file, "each commit"), 'durability="each commit"'),
            *ON_SQLITE,
            Contender(STATEMENTS, bare_statements, "a commit for each new job, and for 64 claimed or completed"),
        ),
        size=20_000,
        quick=200,
        rounds=5,
        goals=(Goal("run/s", "≥", 2.5, tuple(peer.name for peer in ON_SQLITE)),),
    ),
    "group_commit": Comparison(
        """SQLite, submit returns once the job is on the disk (WAL, synchronous FULL): 16 producers, 4 workers.

        Jobs run while others are accepted, on the same file, so fewer a second are run than accepted. queue-max
        offers no FULL.
        """,
        (
            driving(OURS, partial(in_file, "group commit"), 'durability="group commit"', producers=16),
            *sqlite_peers("FULL", 16),
        ),
        size=5_000,
        quick=200,
        rounds=5,
        goals=(Goal("accepted/s", "≥", 20_000),),
    ),
    "looking": Comparison(
        """SQLite: get_job and count() while another process holds the file, and this one's writer waits for it.

        So many jobs have completed and are kept. Each look is one call.
        """,
        (Contender(OURS, looking, "2,000 looks of each kind"),),
        size=1_000_000,
        quick=1_000,
        goals=(Goal("get_job, p99, ms", "≤", 5), Goal("count, p99, ms", "≤", 5)),
    ),
    "stopping": Comparison(
        """SQLite: stop(grace=0.5) while another process holds the file, and 4 workers run jobs that listen.

        A handler is told half a second after the call, and what it says then cannot be written.
        """,
        (Contender(OURS, stopping, "stop(grace=0.5)"),),
        size=100,
        quick=10,
        goals=(Goal("seconds", "≤", 1.7),),
    ),
    "waiting": Comparison(
        "Waiting for many short jobs, in memory; 4 workers.",
        (
            Contender(OURS, waiting(waits=True), "wait_many of all"),
            Contender(ALONE, waiting(waits=False), "the same jobs; a thread asks count() each millisecond"),
        ),
        size=8_000,
        quick=100,
        rounds=9,
        goals=(Goal("µs a job", "≤", 1.3, (ALONE,)),),
    ),
    "importing": Comparison(
        "Import, over bare Python: two processes in turn, many times, the median of the difference.",
        tuple(Contender(name, importing(module), f"import {module}") for name, module in MODULES.items()),
        size=20,
        quick=1,
        goals=(Goal("ms more", "≤", 28),),
    ),
    "growth": Comparison(
        """Growth: what a job that does nothing costs, by number of jobs and of workers, in memory.

        What grows is the work of Python's cyclic garbage collector, which goes through all records that are kept;
        compare the line without it.
        """,
        (
            *(Contender(name, growing(partial(Ours, workers))) for name, workers in GROWING.items()),
            Contender(f"{OURS}, 4 workers, gc off", growing(Ours, collected=False), "after gc.disable()"),
            Contender(f"{EXECUTOR}, 4 workers", growing(executor), "all futures kept"),
            Contender("bare queue.Queue, 4 workers", growing(bare), "no record"),
        ),
        size=GROWTH[-1],
        quick=GROWTH[0],
        goals=tuple(Goal("last ÷ first", "≤", 1.15, who=name) for name in GROWING),
    ),
}
