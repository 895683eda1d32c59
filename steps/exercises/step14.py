"""The checks of the exercise of notebook 14: a partner that delivers once, although a handler may run twice."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .grader import check, expect, in_every_order, raises, together


def sender(sent: list[int], refusals: int = 0) -> Callable[[int], int]:
    """Return a function that sends: it notes each order in `sent`, and counts from 0. At first it refuses."""
    left = [refusals]

    def send(order: int) -> int:
        if left[0]:
            left[0] -= 1
            raise ConnectionError("503 Service Unavailable")
        sent.append(order)
        return len(sent) - 1

    return send


@check("14.1", "each key is delivered", right_if="no customer ordered the same twice")
def each_key_is_delivered(answer: Any, version: ModuleType) -> None:
    """Two orders, one of them twice, as three jobs."""
    sent: list[int] = []
    partner = answer(sender(sent))
    came = [partner.receive(key, order) for key, order in (("job-1", 17), ("job-2", 18), ("job-3", 17))]
    expect("what was sent, of orders 17, 18 and 17 under three keys", sent, [17, 18, 17])
    expect("what the three calls returned", came, [0, 1, 2])


@check("14.1", "a second call with a key sends nothing, and gets the same answer", right_if="no handler ran twice")
def the_second_gets_the_answer(answer: Any, version: ModuleType) -> None:
    """Three attempts of one job, and one of another."""
    sent: list[int] = []
    partner = answer(sender(sent))
    came = [partner.receive(key, 17) for key in ("job-1", "job-1", "job-2", "job-1")]
    expect("what was sent for job-1, job-1, job-2, job-1", sent, [17, 17])
    expect("what the four calls returned", came, [0, 0, 1, 0])


@check("14.1", "a delivery that failed is tried again", right_if="no delivery ever failed")
def what_failed_is_new(answer: Any, version: ModuleType) -> None:
    """The first attempt is refused."""
    sent: list[int] = []
    partner = answer(sender(sent, refusals=1))
    raises("receive('job-1', 17), which is refused", lambda: partner.receive("job-1", 17), ConnectionError)
    expect("receive('job-1', 17), the second time", partner.receive("job-1", 17), 0)
    expect("what was sent then", sent, [17])


@check("14.1", "each partner has a memory of its own", right_if="there was one partner")
def each_has_its_own_memory(answer: Any, version: ModuleType) -> None:
    """Two partners get a call with the same key."""
    sent: list[int] = []
    partners = [answer(sender(sent)), answer(sender(sent))]
    for partner in partners:
        partner.receive("job-1", 17)
    expect("what two partners sent, who both got job-1", sent, [17, 17])


def one_call(answer: Any, version: ModuleType) -> None:
    """Receive without threads."""
    answer(sender([])).receive("job-1", 17)


@check("14.1", "of two calls with one key, at the same time, one sends", right_if="calls came one by one")
@in_every_order("(what was sent, what the two calls returned)", "([17], [0, 0])", first=one_call)
def of_two_at_once_one_sends(answer: Any, version: ModuleType) -> None:
    """The second call begins before, after, or in the middle of the first."""
    sent, came = list[int](), list[int]()
    partner = answer(sender(sent))
    together(
        first=lambda: came.append(partner.receive("job-1", 17)),
        second=lambda: came.append(partner.receive("job-1", 17)),
    )
    assert (sent, came) == ([17], [0, 0]), (sent, came)
