"""Making something once, and showing it to others only when it is made."""

from threading import Lock

from tests.races.litmus.litmus import Litmus, run


class Partners:
    def __init__(self) -> None:
        self.names: list[str] | None = None
        self.loads = 0


class Queue:
    def __init__(self) -> None:
        self.registry: dict[str, bool] | None = None


class Job:
    def __init__(self) -> None:
        self.url = ""


class Storage:
    def __init__(self) -> None:
        self.job: Job | None = None


def second_check_broken() -> None:
    """Both find no partners, and wait for the lock; the second does not check again, and loads them again."""
    partners, lock = Partners(), Lock()

    def load() -> None:
        if partners.names is None:
            with lock:
                partners.loads += 1
                partners.names = ["tea house"]

    run(load, load)
    assert partners.loads == 1


def load_once_right() -> None:
    """The check is under the lock."""
    partners, lock = Partners(), Lock()

    def load() -> None:
        with lock:
            if partners.names is None:
                partners.loads += 1
                partners.names = ["tea house"]

    run(load, load)
    assert partners.loads == 1


def unlocked_check_broken() -> None:
    """Checked twice, and loaded once; but the first check reads what another thread may be writing."""
    partners, lock = Partners(), Lock()

    def load() -> None:
        if partners.names is None:
            with lock:
                if partners.names is None:
                    partners.loads += 1
                    partners.names = ["tea house"]

    run(load, load)
    assert partners.loads == 1


def registry_broken() -> None:
    """Both find no registry and make one; what is registered in the first is lost."""
    queue = Queue()

    def register(job_type: str) -> None:
        if queue.registry is None:
            queue.registry = {}
        queue.registry[job_type] = True

    def webhook() -> None:
        register("webhook")

    def mail() -> None:
        register("mail")

    run(webhook, mail)
    assert queue.registry == {"webhook": True, "mail": True}


def registry_right() -> None:
    """One lock is held from the check to the end of the registration."""
    queue, lock = Queue(), Lock()

    def register(job_type: str) -> None:
        with lock:
            if queue.registry is None:
                queue.registry = {}
            queue.registry[job_type] = True

    def webhook() -> None:
        register("webhook")

    def mail() -> None:
        register("mail")

    run(webhook, mail)
    assert queue.registry == {"webhook": True, "mail": True}


def no_entry_broken() -> None:
    """Both find no list for the order and make one; the event in the first list is lost."""
    events: dict[str, list[str]] = {}

    def add(event: str) -> None:
        if "order-1" not in events:
            events["order-1"] = []
        events["order-1"].append(event)

    def pay() -> None:
        add("paid")

    def pack() -> None:
        add("packed")

    run(pay, pack)
    assert sorted(events["order-1"]) == ["packed", "paid"]


def no_entry_right() -> None:
    """`setdefault` checks and inserts in one step."""
    events: dict[str, list[str]] = {}

    def add(event: str) -> None:
        events.setdefault("order-1", []).append(event)

    def pay() -> None:
        add("paid")

    def pack() -> None:
        add("packed")

    run(pay, pack)
    assert sorted(events["order-1"]) == ["packed", "paid"]


def half_made_broken() -> None:
    """The job is in the storage before it has its url: another thread can find it half made."""
    storage, lock = Storage(), Lock()
    seen: list[str] = []

    def submit() -> None:
        job = Job()
        with lock:
            storage.job = job
        job.url = "/orders"

    def work() -> None:
        with lock:
            job = storage.job
        if job is not None:
            seen.append(job.url)

    run(submit, work)
    assert "" not in seen


def half_made_right() -> None:
    """First make it, then show it."""
    storage, lock = Storage(), Lock()
    seen: list[str] = []

    def submit() -> None:
        job = Job()
        job.url = "/orders"
        with lock:
            storage.job = job

    def work() -> None:
        with lock:
            job = storage.job
        if job is not None:
            seen.append(job.url)

    run(submit, work)
    assert "" not in seen


PROGRAMS = [
    Litmus("double-checked initialisation, once checked", "failed assertion", second_check_broken, load_once_right),
    Litmus("double-checked initialisation, unlocked read", "data race", unlocked_check_broken, load_once_right),
    Litmus("a registry made twice", "failed assertion", registry_broken, registry_right),
    Litmus("an entry made twice", "failed assertion", no_entry_broken, no_entry_right),
    Litmus("shown before it is made", "failed assertion", half_made_broken, half_made_right),
]
