"""Making something once, and showing it to others only when it is made."""

from threading import Lock

from tests.races.litmus.litmus import Job, lock_if, program, run


class Partners:
    def __init__(self) -> None:
        self.names: list[str] | None = None
        self.loads = 0


class Queue:
    def __init__(self) -> None:
        self.registry: dict[str, bool] | None = None


class Storage:
    def __init__(self) -> None:
        self.job: Job | None = None


@program("double-checked initialisation, once checked", "failed assertion")
def second_check(right: bool) -> None:
    """Both find no partners, and wait for the lock; the second does not check again, and loads them again."""
    partners, lock = Partners(), Lock()

    def load() -> None:
        if right or partners.names is None:
            with lock:
                if not right or partners.names is None:  # right: the check is under the lock
                    partners.loads += 1
                    partners.names = ["tea house"]

    run(load, load)
    assert partners.loads == 1


@program("double-checked initialisation, unlocked read", "data race")
def unlocked_check(right: bool) -> None:
    """Checked twice, and loaded once; but the first check reads what another thread may be writing."""
    partners, lock = Partners(), Lock()

    def load() -> None:
        if right or partners.names is None:  # right: only the check under the lock
            with lock:
                if partners.names is None:
                    partners.loads += 1
                    partners.names = ["tea house"]

    run(load, load)
    assert partners.loads == 1


@program("a registry made twice", "failed assertion")
def registry(right: bool) -> None:
    """Both find no registry and make one; what is registered in the first is lost."""
    queue, lock = Queue(), lock_if(right)  # held from the check to the end of the registration

    def register(job_type: str) -> None:
        with lock:
            if queue.registry is None:
                queue.registry = {}
            queue.registry[job_type] = True

    run(webhook=lambda: register("webhook"), mail=lambda: register("mail"))
    assert queue.registry == {"webhook": True, "mail": True}


@program("an entry made twice", "failed assertion")
def no_entry(right: bool) -> None:
    """Both find no list for the order and make one; the event in the first list is lost."""
    events: dict[str, list[str]] = {}

    def add(event: str) -> None:
        if right:
            events.setdefault("order-1", []).append(event)  # checks and inserts in one step
            return
        if "order-1" not in events:
            events["order-1"] = []
        events["order-1"].append(event)

    run(pay=lambda: add("paid"), pack=lambda: add("packed"))
    assert sorted(events["order-1"]) == ["packed", "paid"]


@program("shown before it is made", "failed assertion")
def half_made(right: bool) -> None:
    """The job is in the storage before it has its url: another thread can find it half made."""
    storage, lock, seen = Storage(), Lock(), list[str]()

    def submit() -> None:
        job = Job()
        if right:
            job.url = "/orders"
        with lock:
            storage.job = job
        if not right:
            job.url = "/orders"

    def work() -> None:
        with lock:
            job = storage.job
        if job is not None:
            seen.append(job.url)

    run(submit, work)
    assert "" not in seen
