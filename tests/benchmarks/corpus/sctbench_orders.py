"""SCTBench: deadlocks, and assertions that hold in some orders of the threads only."""

import threading
from collections.abc import Callable

from .kernels import Program, State, kernel, program


@kernel("account_bad", "failed assertion")
def account_bad(right: bool) -> Program:
    """A checker that comes last asserts a sum with a wrong sign."""
    lock, account = threading.Lock(), State(balance=100, deposited=0, withdrawn=0)

    def deposit() -> None:
        with lock:
            account.balance += 30
            account.deposited = 30

    def withdraw() -> None:
        with lock:
            account.balance -= 20
            account.withdrawn = 20

    def check() -> None:
        with lock:
            if account.deposited and account.withdrawn:
                change = account.deposited - account.withdrawn
                assert account.balance == 100 + (change if right else -change)

    return program(deposit, withdraw, check)


@kernel("arithmetic_prog_bad", "failed assertion")
def arithmetic_prog_bad(right: bool) -> Program:
    """The protocol of producer and consumer is right; the end asserts that the sum is not what it is."""
    lock, slot = threading.Lock(), State(full=False, total=0)
    filled, emptied = threading.Condition(lock), threading.Condition(lock)

    def produce() -> None:
        for _ in range(2):
            with lock:
                emptied.wait_for(lambda: not slot.full)
                slot.full = True
                filled.notify()

    def consume() -> None:
        for number in (1, 2):
            with lock:
                filled.wait_for(lambda: slot.full)
                slot.full = False
                slot.total += number
                emptied.notify()

    return program(produce, consume, holds=lambda: (slot.total == 3) is right)


@kernel("circular_buffer_bad", "failed assertion")
def circular_buffer_bad(right: bool) -> Program:
    """Sender and receiver take turns by a flag; the receiver counts on when it was not its turn."""
    lock, buffer = threading.Lock(), State(items=[0, 0], turn="send")

    def send() -> None:
        sent = 0
        for _ in range(3):
            with lock:
                if buffer.turn == "send" and sent < 2:
                    buffer.items[sent] = sent + 1
                    buffer.turn = "receive"
                    sent += 1

    def receive() -> None:
        received = 0
        for number in range(2):
            with lock:
                if buffer.turn == "receive":
                    assert buffer.items[received if right else number]
                    buffer.turn = "send"
                    received += 1

    return program(send, receive)


@kernel("deadlock01_bad", "deadlock")
def deadlock01_bad(right: bool) -> Program:
    """Two locks in opposite order."""
    first, second, counted = threading.Lock(), threading.Lock(), list[int]()
    others = (first, second) if right else (second, first)

    def one() -> None:
        with first, second:
            counted.append(1)

    def two() -> None:
        with others[0], others[1]:
            counted.append(1)

    return program(one, two, holds=lambda: len(counted) == 2)


def philosophers(number: int) -> Callable[[bool], Program]:
    """Return the kernel with this many philosophers."""

    def make(right: bool) -> Program:
        """Each takes the left and then the right fork. Right: one takes them the other way round."""
        forks, meals = [threading.Lock() for _ in range(number)], list[int]()

        def philosopher(seat: int) -> Callable[[], None]:
            left, other = forks[seat], forks[(seat + 1) % number]
            first, second = (other, left) if right and seat == 0 else (left, other)

            def eat() -> None:
                with first, second:
                    meals.append(seat)

            return eat

        return program(*(philosopher(seat) for seat in range(number)), holds=lambda: len(meals) == number)

    return make


din_phil2_sat = kernel("din_phil2_sat", "deadlock")(philosophers(2))
din_phil3_sat = kernel("din_phil3_sat", "deadlock")(philosophers(3))
din_phil4_sat = kernel("din_phil4_sat", "deadlock")(philosophers(4))
din_phil5_sat = kernel("din_phil5_sat", "deadlock")(philosophers(5))
din_phil6_sat = kernel("din_phil6_sat", "deadlock")(philosophers(6))
din_phil7_sat = kernel("din_phil7_sat", "deadlock")(philosophers(7))


@kernel("lazy01_bad", "failed assertion")
def lazy01_bad(right: bool) -> Program:
    """One adds 1, one adds 2, and the third forbids 3: it fails if it comes last."""
    lock, data = threading.Lock(), State(value=0)

    def add_one() -> None:
        with lock:
            data.value += 1

    def add_two() -> None:
        with lock:
            data.value += 2

    def check() -> None:
        with lock:
            assert data.value < (4 if right else 3)

    return program(add_one, add_two, check)


@kernel("phase01_bad", "deadlock")
def phase01_bad(right: bool) -> Program:
    """The last unlock of the first lock is missing."""
    first, second, done = threading.Lock(), threading.Lock(), list[int]()

    def work() -> None:
        with first:
            done.append(1)
        with second:
            pass
        first.acquire()
        if right:
            first.release()

    return program(work, work, holds=lambda: len(done) == 2)


@kernel("queue_bad", "exception in a thread")
def queue_bad(right: bool) -> Program:
    """The index of a ring wraps too late, so it points behind the last place, if the receiver keeps up."""
    lock, ring = threading.Lock(), State(places=[0, 0], head=0, turn="send")

    def send() -> None:
        for number in (1, 2, 3):
            with lock:
                if ring.turn == "send":
                    ring.places[ring.head] = number
                    ring.head += 1
                    if ring.head == (2 if right else 3):
                        ring.head = 0
                    ring.turn = "receive"

    def receive() -> None:
        for _ in range(3):
            with lock:
                ring.turn = "send"

    return program(send, receive)


@kernel("stack_bad", "exception in a thread")
def stack_bad(right: bool) -> Program:
    """The flag "something is there" is set at the first push and never reset: a pop may come to an empty stack."""
    lock, stack = threading.Lock(), State(items=list[int](), pushed=False)

    def push() -> None:
        for number in range(3):
            with lock:
                stack.items.append(number)
                stack.pushed = True

    def pop() -> None:
        for _ in range(3):
            with lock:
                if stack.items if right else stack.pushed:
                    stack.items.pop()

    return program(push, pop)
