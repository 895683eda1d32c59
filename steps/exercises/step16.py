"""The checks of the exercise of notebook 16: who may have a row of a table that machines share, and until when."""

from types import ModuleType
from typing import Any

from .grader import check, expect, in_every_order, together

Row = dict[str, Any]
NOBODY = 10**6  # seconds: later than any lease here


def table(count: int = 1, **changed: Any) -> dict[int, Row]:
    """Return rows of pending jobs, the newest first, so that their order is no help."""
    row = {"status": "pending", "worker": None, "until": 0.0, "attempts": 0, **changed}
    return {key: dict(row) for key in range(count, 0, -1)}


@check("16.1", "the oldest job that may run is claimed", right_if="there was one job at a time")
def takes_the_oldest(answer: Any, version: ModuleType) -> None:
    """Three jobs, and a fourth claim."""
    rows = table(3)
    leases = answer(rows)
    claims = [leases.claim(worker, 100.0) for worker in ("ada", "bob", "ada", "bob")]
    expect("four claims of three jobs, at second 100", claims, [1, 2, 3, None])
    expect("job 2, which bob claimed", rows[2], {"status": "running", "worker": "bob", "until": 130.0, "attempts": 1})
    done = answer(table(2, status="completed") | table(1, status="failed", attempts=5))
    expect("a claim, if all jobs have ended", done.claim("ada", NOBODY), None)


@check(
    "16.1", "a job whose lease has ended is claimed again, and not a moment earlier", right_if="no machine ever died"
)
def takes_over_what_ended(answer: Any, version: ModuleType) -> None:
    """Ada's machine dies with job 1; bob asks just before the lease ends, and when it has."""
    rows = table(2)
    leases = answer(rows)
    leases.claim("ada", 0.0)
    expect("bob's claim, 29.9 s after ada claimed job 1", leases.claim("bob", 29.9), 2)
    expect("bob's next claim, 29.9 s after ada claimed job 1", leases.claim("bob", 29.9), None)
    expect("job 1, before its lease has ended", (rows[1]["worker"], rows[1]["attempts"]), ("ada", 1))
    rows[3] = table()[1]
    expect("bob's claim at second 30, with job 3 pending", leases.claim("bob", 30.0), 1)
    expect("job 1 then", rows[1], {"status": "running", "worker": "bob", "until": 60.0, "attempts": 2})


@check("16.1", "a job that ended five machines fails, and holds nobody back", right_if="no job ever killed its machine")
def gives_up_at_the_fifth(answer: Any, version: ModuleType) -> None:
    """Each machine dies with job 1."""
    rows = table(2)
    leases = answer(rows)
    for attempt in range(5):
        expect(f"claim {attempt + 1} of job 1, whose machine died each time", leases.claim("ada", 30.0 * attempt), 1)
    while_it_runs = leases.claim("bob", 149.0)
    expect("bob's claim while the fifth attempt runs", (while_it_runs, rows[1]["status"]), (2, "running"))
    rows[3] = table()[1]
    expect("bob's claim after the fifth lease of job 1 has ended", leases.claim("bob", 150.0), 3)
    expect("job 1, after its fifth lease", (rows[1]["status"], rows[1]["attempts"]), ("failed", 5))


@check("16.1", "a heartbeat keeps what its worker has, and nothing else", right_if="every lease was renewed in time")
def beats_for_itself(answer: Any, version: ModuleType) -> None:
    """Ada and bob have a job each; only ada's machine lives."""
    rows = table(2)
    leases = answer(rows)
    leases.claim("ada", 0.0), leases.claim("bob", 0.0)
    leases.beat("ada", 20.0)
    ends = (rows[1]["until"], rows[2]["until"])
    expect("when the leases of ada and bob end, after ada's heartbeat at second 20", ends, (50.0, 30.0))
    leases.beat("bob", 30.0)
    expect("when bob's lease ends, after a heartbeat that came at second 30, too late", rows[2]["until"], 30.0)
    expect("ada's claim at second 30", leases.claim("ada", 30.0), 2)
    leases.beat("bob", 31.0)
    expect("when job 2's lease ends, after bob's heartbeat at second 31: it is ada's now", rows[2]["until"], 60.0)


@check("16.1", "an outcome counts only from the worker that still has the lease", right_if="no machine was ever slow")
def settles_what_it_has(answer: Any, version: ModuleType) -> None:
    """Ada comes back after a long pause, when bob has her job."""
    rows = table(2)
    leases = answer(rows)
    leases.claim("ada", 0.0)
    expect("settle(1, 'bob'), while ada has it", leases.settle(1, "bob", 5.0), False)
    expect("settle(1, 'ada') at second 30, when her lease has ended", leases.settle(1, "ada", 30.0), False)
    expect("job 1 then", (rows[1]["status"], rows[1]["worker"]), ("running", "ada"))
    leases.claim("bob", 30.0)
    expect("settle(1, 'ada'), when bob has it", leases.settle(1, "ada", 31.0), False)
    expect("settle(1, 'bob'), in time", leases.settle(1, "bob", 59.9), True)
    expect("job 1 then", rows[1]["status"], "completed")
    expect("settle(1, 'bob'), a second time", leases.settle(1, "bob", 59.9), False)
    leases.claim("ada", 0.0)
    leases.beat("ada", 20.0)
    expect("settle(2, 'ada') at second 40, after a heartbeat at second 20", leases.settle(2, "ada", 40.0), True)


def one_claim(answer: Any, version: ModuleType) -> None:
    """Claim without threads."""
    answer(table()).claim("ada", 0.0)


@check("16.1", "of two that claim at the same time, each gets another job", right_if="no two ever claimed at once")
@in_every_order("jobs that two workers have, of two that claim at once", "1 and 2", first=one_claim)
def each_goes_to_one(answer: Any, version: ModuleType) -> None:
    """The second claim begins before, after, or between the look and the change of the first."""
    leases, got = answer(table(2)), list[Any]()
    together(ada=lambda: got.append(leases.claim("ada", 0.0)), bob=lambda: got.append(leases.claim("bob", 0.0)))
    assert sorted(got) == [1, 2], sorted(got)


def taken_over(answer: Any, version: ModuleType) -> None:
    """Claim, keep and settle without threads."""
    leases = answer(table())
    leases.claim("ada", 0.0)
    leases.beat("ada", 29.9)
    leases.settle(1, "ada", 29.9)


@check("16.1", "an outcome and the claim that takes its job over never both count", right_if="calls came one by one")
@in_every_order("(ada's outcome counts, what bob claims)", "(True, None) or (False, 1)", first=taken_over)
def one_of_both_counts(answer: Any, version: ModuleType) -> None:
    """Ada's outcome comes just in time, and bob claims when her lease has ended: one of both is first."""
    leases, found = answer(table()), dict[str, Any]()
    leases.claim("ada", 0.0)
    together(
        ada=lambda: found.update(counts=leases.settle(1, "ada", 29.9)),
        bob=lambda: found.update(got=leases.claim("bob", 30.0)),
    )
    both = (found["counts"], found["got"])
    assert both in ((True, None), (False, 1)), both


@check("16.1", "a heartbeat never shortens the lease of whoever took the job over", right_if="calls came one by one")
@in_every_order("(what bob claims, when its lease ends)", "(None, 59.9) or (1, 60.0)", first=taken_over)
def a_beat_is_one_step(answer: Any, version: ModuleType) -> None:
    """Ada's heartbeat comes just in time, and bob claims when her lease has ended: one of both is first."""
    rows, got = table(), list[Any]()
    leases = answer(rows)
    leases.claim("ada", 0.0)
    together(ada=lambda: leases.beat("ada", 29.9), bob=lambda: got.append(leases.claim("bob", 30.0)))
    both = (got[0], rows[1]["until"])
    assert both in ((None, 59.9), (1, 60.0)), both
