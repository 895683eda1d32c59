"""Time: a sleep or a timeout says how late it is, not what others have done; what is due at one moment has no order."""

from contextlib import suppress
from queue import Empty, Queue
from threading import Event, Lock, Timer
from time import sleep

from tests.races.litmus.litmus import Job, lock_if, program, run


@program("a wait that timed out, ignored", "failed assertion")
def wait_timed_out(right: bool) -> None:
    """The thread does not check whether `wait` saw the event or gave up. The answer comes a second too late."""
    job, lock, answered, seen = Job(), Lock(), Event(), list[str]()

    def answer() -> None:
        sleep(2)
        with lock:
            job.status = "completed"
        answered.set()

    def poll() -> None:
        if answered.wait(timeout=1) or not right:
            with lock:
                seen.append(job.status)

    run(answer, poll)
    assert seen in ([], ["completed"])


@program("a sleep in place of a wait", "failed assertion")
def slept_for_it(right: bool) -> None:
    """A sleep replaces a wait: both sleeps end at the same moment, in either order."""
    job, lock, answered, seen = Job(), Lock(), Event(), list[str]()

    def answer() -> None:
        sleep(1)
        with lock:
            job.status = "completed"
        answered.set()

    def poll() -> None:
        if right:
            answered.wait()  # however long it takes
        else:
            sleep(1)
        with lock:
            seen.append(job.status)

    run(answer, poll)
    assert seen == ["completed"]


@program("a timeout taken for the end", "failed assertion")
def gave_up(right: bool) -> None:
    """The worker takes a second without a job for the end. The job comes at that moment."""
    jobs, sent = Queue[str](), list[str]()
    patience = None if right else 1  # None: wait until the job comes

    def submit() -> None:
        sleep(1)
        jobs.put("job-1")

    def work() -> None:
        with suppress(Empty):
            sent.append(jobs.get(timeout=patience))

    run(submit, work)
    assert sent == ["job-1"]


@program("a timer cancelled as it fires", "failed assertion")
def cancelled_too_late(right: bool) -> None:
    """The timer fires while it is cancelled: the order is both expired and paid."""
    outcomes, lock = list[str](), lock_if(right)

    def decide(outcome: str) -> None:
        with lock:
            if not right or not outcomes:  # right: the first decides; `cancel` only saves the timer its work
                outcomes.append(outcome)

    timer = Timer(5, decide, ["expired"])
    timer.start()
    sleep(5)
    timer.cancel()
    decide("paid")
    timer.join()
    assert len(outcomes) == 1


@program("a retry dropped at stop", "failed assertion")
def retry_dropped(right: bool) -> None:
    """The queue stops during a backoff of minutes: the job is neither sent again nor named as left."""
    stopping, sent, left = Event(), list[str](), list[str]()

    def retry() -> None:
        if not stopping.wait(timeout=300):
            sent.append("job-1")
        elif right:
            left.append("job-1")

    run(retry, stopping.set)
    assert sent + left == ["job-1"]


@program("a lease that ends with the work", "failed assertion")
def lease_expired(right: bool) -> None:
    """The worker finishes just as its lease ends, and another worker has taken over the job: both send it."""
    lock, sent = Lock(), list[str]()

    def slow() -> None:
        sleep(10)
        with lock:
            if not right or not sent:  # right: the slow worker, too, looks whether the job is still its own
                sent.append("slow")

    def take_over() -> None:
        sleep(10)
        with lock:
            if not sent:
                sent.append("take_over")

    run(slow, take_over)
    assert len(sent) == 1
