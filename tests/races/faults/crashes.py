"""Crashes: what is on the disk when the process is killed, and what whoever comes next makes of it."""

from __future__ import annotations

from threading import Event, Lock, Thread
from typing import Any

from goqueue.races import Disk
from tests.races.faults.pairs import killed


def filled() -> Disk:
    """Return a disk with one file, which is certain."""
    disk = Disk()
    disk.write("config", b"old")
    disk.sync()
    return disk


def config_is_whole(disk: Disk) -> None:
    assert disk.read("config") in (b"old", b"new one")


@killed("a file is written in place", survives=filled, recover=config_is_whole)
def written_in_place(disk: Disk, right: bool) -> None:
    """Half of the new content is there, and the old content is gone."""
    name = "config.new" if right else "config"
    disk.write(name, b"new one")
    disk.fsync(name)
    if right:
        disk.replace("config.new", "config")


@killed("a file is renamed before it is on the disk", survives=filled, recover=config_is_whole)
def renamed_too_early(disk: Disk, right: bool) -> None:
    """The new name is on the disk, and the content is not."""
    disk.write("config.new", b"new one")
    if right:
        disk.fsync("config.new")
    disk.replace("config.new", "config")


def framed(content: bytes) -> bytes:
    """Return an entry without its length, or nothing if it is not whole."""
    length, colon, entry = content.partition(b":")
    return content if not colon else entry if len(entry) == int(length) else b""


def entry_is_whole(disk: Disk) -> None:
    assert framed(disk.read("log") if disk.names() else b"") in (b"", b"amount=1000")


@killed("an entry does not say how long it is", survives=Disk, recover=entry_is_whole)
def entry_torn(disk: Disk, right: bool) -> None:
    """Half an entry looks like an entry."""
    disk.append("log", b"11:amount=1000" if right else b"amount=1000")
    disk.fsync("log")


def index_is_true(disk: Disk) -> None:
    if "index" in disk.names() and disk.read("index") == b"job-1":
        assert "job-1" in disk.names()
        assert disk.read("job-1") == b"payload"


@killed("the index is written before the data", survives=Disk, recover=index_is_true)
def index_first(disk: Disk, right: bool) -> None:
    """The index names what is not there."""
    for name, content in [("job-1", b"payload"), ("index", b"job-1")][:: 1 if right else -1]:
        disk.write(name, content)
        disk.fsync(name)


def accounts() -> dict[str, Any]:
    return {"mine": 100, "yours": 0}


def nothing_is_lost(bank: dict[str, Any]) -> None:
    bank.update(bank.pop("journal", {}))  # finish what was begun
    assert bank["mine"] + bank["yours"] == 100


@killed("a transfer is two writes", survives=accounts, recover=nothing_is_lost)
def transfer(bank: dict[str, Any], right: bool) -> None:
    """The money has left one account. A journal says first what is going to be done."""
    after = {"mine": bank["mine"] - 10, "yours": bank["yours"] + 10}
    if right:
        bank["journal"] = after
    bank["mine"] = after["mine"]
    bank["yours"] = after["yours"]
    bank.pop("journal", None)


def job() -> dict[str, Any]:
    return {"done": False, "sent": []}


def sent_at_least_once(store: dict[str, Any]) -> None:
    if not store["done"]:
        store["sent"].append("order-1")
    assert "order-1" in store["sent"]


@killed("a job is marked before it is done", survives=job, recover=sent_at_least_once)
def marked_before(store: dict[str, Any], right: bool) -> None:
    """Whoever comes next believes the mark."""
    if not right:
        store["done"] = True
    store["sent"].append("order-1")
    store["done"] = True


def shop() -> dict[str, Any]:
    return {"done": False, "sent": [], "keys": {}}


def sent_once(store: dict[str, Any]) -> None:
    if not store["done"]:
        send(store, bool(store["keys"].get("right")))
    sent = len(store["sent"]) + ("order-1" in store["keys"])
    assert sent == 1, f"sent {sent} times"


def send(store: dict[str, Any], right: bool) -> None:
    if right:
        store["keys"]["order-1"] = "sent"  # the receiver knows the key, so a second time changes nothing
    else:
        store["sent"].append("order-1")


@killed("a job that is done again has its effect again", survives=shop, recover=sent_once)
def done_again(store: dict[str, Any], right: bool) -> None:
    """The job was sent, and the mark was not made. With a key, a second time does nothing."""
    if right:
        store["keys"]["right"] = True
    send(store, right)
    store["done"] = True


def somewhere(disk: Disk) -> None:
    assert b"new one" in [disk.read(name) for name in disk.names()]


def inbox() -> Disk:
    disk = Disk()
    disk.write("inbox", b"new one")
    disk.sync()
    return disk


@killed("the original is removed too early", survives=inbox, recover=somewhere)
def removed_too_early(disk: Disk, right: bool) -> None:
    """The copy is not on the disk when the original goes."""
    disk.write("archive", disk.read("inbox"))
    if right:
        disk.fsync("archive")
    disk.remove("inbox")


class Service:
    """A disk, and what clients were told."""

    def __init__(self) -> None:
        self.disk = Disk()
        self.told: list[str] = []


def what_was_told_is_true(service: Service) -> None:
    if service.told:
        assert service.disk.names()
        assert service.disk.read("jobs") == b"job-1"


@killed("a client is told too early", survives=Service, recover=what_was_told_is_true)
def told_too_early(service: Service, right: bool) -> None:
    """The client hears "accepted", and the job is in memory only."""
    service.disk.append("jobs", b"job-1")
    if not right:
        service.told.append("accepted")
    service.disk.fsync("jobs")
    if right:
        service.told.append("accepted")


@killed("a leader tells the others too early", survives=Service, recover=what_was_told_is_true)
def leader_tells(service: Service, right: bool) -> None:
    """One thread writes for all. The other tells its client when it hears of it."""
    written = Event()

    def lead() -> None:
        service.disk.append("jobs", b"job-1")
        if not right:
            written.set()
        service.disk.fsync("jobs")
        written.set()

    leader = Thread(target=lead, name="leader")
    leader.start()
    written.wait()
    service.told.append("accepted")


def lease() -> dict[str, Any]:
    return {"owner": None, "until": 0, "jobs": ["job-1"]}


def somebody_works(store: dict[str, Any]) -> None:
    if store["owner"] is None or 0 < store["until"] <= 30:  # now it is 30 seconds later
        store["jobs"].clear()
    assert not store["jobs"]


@killed("a mark is taken away in a finally", survives=lease, recover=somebody_works)
def mark_left(store: dict[str, Any], right: bool) -> None:
    """Nothing in `finally` runs, and the mark stays for ever. A lease ends by itself."""
    if right:
        store["until"] = 30
    store["owner"] = "process-1"
    try:
        store["jobs"].clear()
    finally:
        store["owner"] = None


def ledger() -> dict[str, Any]:
    return {"next": 1, "rows": {}}


def numbers_are_new(store: dict[str, Any]) -> None:
    assert store["next"] not in store["rows"], f"number {store['next']} is given twice"


@killed("two threads use a number before it is taken", survives=ledger, recover=numbers_are_new)
def number_used(store: dict[str, Any], right: bool) -> None:
    """The row is there and the number is still the next one: it is given again after the crash."""
    lock = Lock()

    def add() -> None:
        with lock:
            number = store["next"]
            if right:
                store["next"] = number + 1
            store["rows"][number] = "order"
            store["next"] = number + 1

    threads = [Thread(target=add, name=f"clerk-{n}") for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
