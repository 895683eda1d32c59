"""The checks of the exercises of step 11: locks and copies."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .grader import Broken, check, expect, explored, in_every_order, in_virtual_time, raises, together

MOVES = ["looks", "takes the money", "writes the name"]


class Theatre:
    """One seat, whose plan holds a name or none, and what the clerks did, in order."""

    def __init__(self) -> None:
        self.taken = False
        self.holder = ""
        self.paid: list[str] = []
        self.kept_out: list[str] = []
        self.moves: dict[str, list[str]] = {"Ann": [], "Bob": []}


class Clerk:
    """One clerk of two. A clerk who finds a name on the plan sends the customer away."""

    def __init__(self, theatre: Theatre, name: str) -> None:
        self.theatre = theatre
        self.name = name
        self.saw_it_free = False

    def looks(self) -> None:
        """Check whether the seat is free."""
        self._at_the_plan("looks")
        self.saw_it_free = not self.theatre.taken

    def takes_the_money(self) -> None:
        """Take the money, if the seat looked free."""
        self._moves("takes the money")
        if self.saw_it_free:
            self.theatre.paid.append(f"{self.name}'s customer")

    def writes_the_name(self) -> None:
        """Write a name on the plan, if the seat looked free."""
        self._at_the_plan("writes the name")
        self.theatre.taken = self.theatre.taken or self.saw_it_free

    def holds_the_plan(self) -> None:
        """Take the plan, so that the other clerk waits for it."""
        self.theatre.holder = self.name

    def gives_the_plan_back(self) -> None:
        """Give the plan back."""
        if self.theatre.holder != self.name:
            self.theatre.kept_out.append(f"{self.name} gives back a plan that is not in {self.name}'s hands")
        self.theatre.holder = ""

    def _at_the_plan(self, move: str) -> None:
        if self.theatre.holder not in ("", self.name):
            self.theatre.kept_out.append(f"{self.name} {move}, while {self.theatre.holder} holds the plan")
        self._moves(move)

    def _moves(self, move: str) -> None:
        self.theatre.moves[self.name].append(move)


def played(answer: Any) -> Theatre:
    """Play her evening."""
    theatre = Theatre()
    answer(Clerk(theatre, "Ann"), Clerk(theatre, "Bob"))
    return theatre


@check("11.1", "each clerk looks, takes the money, and writes the name, in this order")
def each_keeps_to_the_moves(answer: Any, version: ModuleType) -> None:
    """No move is left out, and none comes too early."""
    for name, moves in played(answer).moves.items():
        expect(f"the moves of {name}", moves, MOVES)


@check("11.1", "while one holds the plan, the other does not touch it", right_if="holding the plan kept nobody out")
def the_holder_is_alone(answer: Any, version: ModuleType) -> None:
    """The other clerk would have to wait."""
    expect("moves that cannot happen", played(answer).kept_out, [])


@check("11.1", "two customers have paid for the one seat", right_if="the task were to sell the seat once")
def sold_twice(answer: Any, version: ModuleType) -> None:
    """Ann's customer and Bob's."""
    expect("customers who paid for the seat", sorted(played(answer).paid), ["Ann's customer", "Bob's customer"])


def shared(answer: Any) -> list[str]:
    """Return the names of the locks and containers that two objects of her class have in common."""
    one, other = answer(), answer()
    own = {name: getattr(one, name) for name in dir(one) if not name.startswith("__")}
    in_class = [name for name, value in own.items() if value is getattr(other, name, None) and holds(value)]
    module = vars(sys.modules[answer.__module__])
    return in_class + [name for name, value in module.items() if not name.startswith("__") and locks(value)]


def locks(value: object) -> bool:
    """Whether this is a lock, a condition or a semaphore."""
    return hasattr(value, "acquire") and not isinstance(value, type)


def holds(value: object) -> bool:
    """Whether this is a lock, or something that things are put into."""
    return locks(value) or isinstance(value, dict | list | set)


@check("11.2", "each registry has its own lock and dict", right_if="a program had only one registry")
def registries_share_nothing(answer: Any, version: ModuleType) -> None:
    """A lock of the class, or of the module, makes all registries wait for each other."""
    expect("what two registries share", shared(answer), [])


@check("11.2", "after a refusal the next registration works", right_if="nobody ever registered a type twice")
@in_every_order("one thread registers webhook, webhook once more, and catalogue", "the return of all three calls")
def goes_on_after_a_refusal(answer: Any, version: ModuleType) -> None:
    """A type is registered twice, then another one."""
    registry = answer()
    registry.register_handler("webhook", print)
    with contextlib.suppress(ValueError):
        registry.register_handler("webhook", print)
    registry.register_handler("catalogue", print)


@check("11.2", "a refused registration changes nothing", right_if="the last registration were the one that counts")
@in_every_order("the handler in the registry, after two registrations of one type", "the first")
def a_refused_one_leaves_no_trace(answer: Any, version: ModuleType) -> None:
    """A type is registered twice. Wherever the registry keeps its handlers, the second must not be among them."""
    registry = answer()
    for handler in (sorted, reversed):
        with contextlib.suppress(ValueError):
            registry.register_handler("webhook", handler)
    fields = [getattr(registry, name) for name in dir(registry) if not name.startswith("__")]  # of __slots__, too
    kept = [value for field in fields if isinstance(field, dict) for value in field.values()]
    assert reversed not in kept, "the second"


@check("11.2", "a type that is registered stays so", right_if="the registry held one type at a time")
@in_every_order("registrations refused, of webhook and catalogue, twice more each", "4")
def a_type_stays_registered(answer: Any, version: ModuleType) -> None:
    """Neither another type nor a refusal makes room for it."""
    registry = answer()
    registry.register_handler("webhook", print)
    registry.register_handler("catalogue", print)
    refused = sum(is_taken(registry, job_type) for job_type in ("webhook", "catalogue") * 2)
    assert refused == 4, refused


def is_taken(registry: Any, job_type: str) -> bool:
    """Register a type once more; return whether that is refused."""
    try:
        registry.register_handler(job_type, print)
    except ValueError:
        return True
    return False


@check("11.2", "two types registered at the same time both get in", right_if="there were only one type")
@in_every_order("what happens to two threads that register webhook and catalogue", "both are registered")
def two_types_both_get_in(answer: Any, version: ModuleType) -> None:
    """A thread that finds the lock taken must wait, because that says nothing about the type."""
    registry = answer()
    together(
        ann=lambda: registry.register_handler("webhook", print),
        bob=lambda: registry.register_handler("catalogue", print),
    )
    for job_type in ("webhook", "catalogue"):
        assert is_taken(registry, job_type), f"{job_type} is not registered"


class SlowToCompare(str):
    """A type that takes ten minutes to look up in a dict, so that the lock is held for so long."""

    def __hash__(self) -> int:
        time.sleep(600.0)
        return super().__hash__()


@check("11.2", "a thread waits for its turn as long as it takes", right_if="nobody ever held a lock for long")
@in_virtual_time
def waits_for_its_turn(answer: Any, version: ModuleType) -> None:
    """Ann's registration takes ten minutes. Bob's comes a second later."""
    registry = answer()
    threading.Thread(target=registry.register_handler, args=(SlowToCompare("webhook"), print), name="ann").start()
    time.sleep(1.0)
    try:
        registry.register_handler("catalogue", print)
    except ValueError as err:
        raise Broken("register_handler('catalogue', …), while another registration takes long", f"ValueError: {err}",
                     "its return, after that one") from err  # fmt: skip


def shelf_with_a_job(answer: Any, version: ModuleType) -> tuple[Any, Any]:
    """Return her shelf with one job on it, and the job that was saved."""
    shelf, job = answer(), an_order(version, 1)
    shelf.save(job)
    if shelf.get("job-1") is None:
        raise RuntimeError("not tried yet: get('job-1'), after save(job), gave None")
    return shelf, job


def an_order(version: ModuleType, number: int) -> Any:
    """Return a job that was not saved."""
    return version.job.Job(f"job-{number}", "webhook", {"order": 16 + number, "lines": ["tea"]})


@check("11.3", "one thread alone can save, get and count")
@in_virtual_time
def keeps_jobs(answer: Any, version: ModuleType) -> None:
    """One job is saved, then saved again, then another one of its id; a second one is saved at the end."""
    shelf, job = answer(), an_order(version, 1)
    shelf.save(job)
    got = shelf.get("job-1")
    expect("get('job-1').payload, after save(job)", getattr(got, "payload", got), {"order": 17, "lines": ["tea"]})
    expect("count('pending'), with one job on the shelf", shelf.count("pending"), 1)
    expect("count('failed'), with one pending job on the shelf", shelf.count("failed"), 0)
    raises("get('job-2'), which nobody saved", lambda: shelf.get("job-2"), LookupError)
    raises("save(job), the same job again", lambda: shelf.save(job), ValueError)
    another = version.job.Job("job-1", "webhook", {"order": 19, "lines": ["milk"]})
    raises("save of another job-1", lambda: shelf.save(another), ValueError)
    expect("count('pending'), after two saves were refused", shelf.count("pending"), 1)
    kept = shelf.get("job-1").payload["order"]
    expect("get('job-1').payload['order'], after the save of another job-1 was refused", kept, 17)
    shelf.save(an_order(version, 2))
    expect("count('pending'), with two jobs on the shelf", shelf.count("pending"), 2)


@check("11.3", "each shelf has its own lock and dict", right_if="a program had only one shelf")
def shelves_share_nothing(answer: Any, version: ModuleType) -> None:
    """A lock of the class, or of the module, makes all shelves wait for each other."""
    expect("what two shelves share", shared(answer), [])


@check(
    "11.3",
    "if the caller changes its job after saving, the shelf does not change",
    right_if="nobody touched a job after saving it",
)
def save_takes_a_copy(answer: Any, version: ModuleType) -> None:
    """The owner's delivery fails while the board reads."""
    reads_what_was_saved(answer, version, "while the owner marks its job as failed", lambda shelf, job: fails(job))


@check(
    "11.3", "if a reader changes its job, neither the shelf nor another reader sees it", right_if="readers only read"
)
def get_gives_a_copy(answer: Any, version: ModuleType) -> None:
    """A worker gets the job and works on it while the board reads."""
    when = "while a worker marks the job it got as failed"
    reads_what_was_saved(answer, version, when, lambda shelf, job: fails(shelf.get("job-1")))


def reads_what_was_saved(answer: Any, version: ModuleType, when: str, work: Callable[[Any, Any], None]) -> None:
    """Read the job's row while a worker works on its own. Nothing was saved again, so the row must be as it was."""
    shelf_with_a_job(answer, version)  # first without threads

    def model() -> None:
        shelf, job = shelf_with_a_job(answer, version)

        def board() -> None:
            row = shelf.get("job-1")
            seen = (str(row.status), row.error)
            assert seen == ("pending", ""), seen

        together(worker=lambda: work(shelf, job), board=board)

    explored(model, f"(status, error) that the board reads, {when}", "('pending', ''), as it was saved")


def fails(job: Any) -> None:
    """Mark a job as failed, in two lines of this file, because the lines of job.py are not watched, to save time."""
    job.status = "failed"
    job.error = "ConnectionError: 503"


@check("11.3", "the payload and everything in it is copied with its job", right_if="nothing in a payload ever changed")
def payloads_are_copied(answer: Any, version: ModuleType) -> None:
    """The caller and a reader both edit the list in the payload."""
    shelf, job = shelf_with_a_job(answer, version)
    job.payload["lines"].append("milk")
    expect("the shelf's payload['lines'], after the caller added 'milk' to its own", lines(shelf), ["tea"])
    lines(shelf).append("stamped")
    expect("the shelf's payload['lines'], after a reader added 'stamped' to its own", lines(shelf), ["tea"])


def lines(shelf: Any) -> Any:
    """Return what a new reader finds."""
    return shelf.get("job-1").payload["lines"]


@check(
    "11.3",
    "of two jobs with one id, saved at once, exactly one is refused",
    right_if="one of them always began after the other was done",
)
@in_every_order("jobs refused, of two with the same id", "1", first=shelf_with_a_job)
def one_of_two_is_refused(answer: Any, version: ModuleType) -> None:
    """The second one is saved before, after, or between the check and the write of the first."""
    shelf, refused = answer(), []

    def save(order: Any) -> None:
        try:
            shelf.save(order)
        except ValueError:
            refused.append(order)

    orders = [an_order(version, 1) for _ in range(2)]
    together(ann=lambda: save(orders[0]), bob=lambda: save(orders[1]))
    assert len(refused) == 1, len(refused)


@check(
    "11.3", "reading the shelf does no harm while others save", right_if="no thread ever saved while the board reads"
)
@in_every_order(
    "count('pending') and get('job-1'), while job-1 is saved",
    "0 or 1, and the job or LookupError",
    first=shelf_with_a_job,
)
def reads_while_others_save(answer: Any, version: ModuleType) -> None:
    """An order is saved before, after, or in the middle of what a board does."""
    shelf, order = answer(), an_order(version, 1)

    def board() -> None:
        waiting = shelf.count("pending")
        assert waiting in (0, 1), waiting
        with contextlib.suppress(LookupError):  # it is not there yet
            shelf.get("job-1")

    together(board=board, orders=lambda: shelf.save(order))


@check("11.3", "of two different jobs, saved at once, none is lost", right_if="only one thread ever saved")
@in_every_order("count('pending'), after job-1 and job-2 were saved at once", "2", first=shelf_with_a_job)
def keeps_both(answer: Any, version: ModuleType) -> None:
    """The second one is saved before, after, or in the middle of the first."""
    shelf, orders = answer(), [an_order(version, number) for number in (1, 2)]
    together(ann=lambda: shelf.save(orders[0]), bob=lambda: shelf.save(orders[1]))
    waiting = shelf.count("pending")
    assert waiting == 2, waiting
