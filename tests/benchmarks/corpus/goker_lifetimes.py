"""GoKer, non-blocking: used before it is made, or after its end."""

import threading
import time

from .channels import Channel
from .groups import Once, WaitGroup
from .kernels import NO_LOCK, Program, State, kernel, program


@kernel("etcd_3077", "exception in a thread")
def etcd_3077(right: bool) -> Program:
    """The node's thread makes its channel when it begins; the server uses it after a second."""
    node = State(proposals=Channel(1) if right else None)

    def run() -> None:
        time.sleep(1)  # it begins late
        if not right:
            node.proposals = Channel(1)
        node.proposals.receive()

    def serve() -> None:
        time.sleep(1)
        node.proposals.send("proposal")

    return program(run, serve)


@kernel("grpc_2371", "exception in a thread")
def grpc_2371(right: bool) -> Program:
    """Close sets the balancer to None under the lock; the resolver's watcher uses it without a look."""
    lock, connection = threading.Lock(), State(balancer=State(addresses=list[str]()))

    def close() -> None:
        with lock:
            connection.balancer = None

    def watch() -> None:
        with lock:
            if connection.balancer or not right:
                connection.balancer.addresses.append("a")

    return program(close, watch)


@kernel("grpc_3090", "exception in a thread")
def grpc_3090(right: bool) -> Program:
    """A resolver reports its state while it is built; that starts a thread that uses the attribute it goes to."""
    lock, wrapper, asked = threading.Lock(), State(resolver=None), list[str]()

    def poll() -> None:
        with lock:
            asked.append(wrapper.resolver.name)

    def build() -> None:
        with lock if right else NO_LOCK:
            thread = threading.Thread(target=poll)
            thread.start()  # in the middle of the construction
            wrapper.resolver = State(name="dns")
        thread.join()

    return program(build, holds=lambda: asked == ["dns"])


@kernel("istio_8967", "exception in a thread")
def istio_8967(right: bool) -> Program:
    """Stop sets the event and forgets it; the loop may look afterwards and wait for None."""
    source = State(done=threading.Event())

    def run() -> None:
        source.done.wait()

    def stop() -> None:
        source.done.set()
        if not right:
            source.done = None

    return program(run, stop)


@kernel("kubernetes_49404", "failed assertion")
def kubernetes_49404(right: bool) -> Program:
    """A test looks whether a handler was called before the server's thread had its turn."""
    called, looked = threading.Event(), list[bool]()

    def serve() -> None:
        called.set()

    def test() -> None:
        if right:
            called.wait()
        looked.append(called.is_set())

    return program(test, serve, holds=lambda: looked == [True])


@kernel("serving_3068", "exception in a thread")
def serving_3068(right: bool) -> Program:
    """wait() closes the work channel while go() still adds work."""
    work, added, closing = Channel(2), WaitGroup(1), Once()

    def go() -> None:
        work.send("job")
        added.done()

    def wait() -> None:
        if right:
            added.wait()
        closing.do(work.close)

    return program(go, wait)


class Logger:
    """A test's logger, which must not be used after the test."""

    def __init__(self) -> None:
        self.lock, self.finished = threading.Lock(), False

    def log(self) -> None:
        with self.lock:
            if self.finished:
                raise RuntimeError("log after the test has ended")

    def finish(self) -> None:
        with self.lock:
            self.finished = True


@kernel("serving_4908", "exception in a thread")
def serving_4908(right: bool) -> Program:
    """A watcher logs through the test's logger after the test has ended."""
    logger = Logger()

    def test() -> None:
        watcher = threading.Thread(target=logger.log)
        watcher.start()
        if right:
            watcher.join()
        logger.finish()
        watcher.join()

    return program(test)


@kernel("serving_6171", "exception in a thread")
def serving_6171(right: bool) -> Program:
    """As serving_4908, one thread deeper: a started thread starts the late logger."""
    logger, ended = Logger(), WaitGroup(1)

    def log() -> None:
        logger.log()
        ended.done()

    def watch() -> None:
        late = threading.Thread(target=log)
        late.start()
        late.join()

    def test() -> None:
        watcher = threading.Thread(target=watch)
        watcher.start()
        if right:
            ended.wait()
        logger.finish()
        watcher.join()

    return program(test)


@kernel("serving_5865", "exception in a thread")
def serving_5865(right: bool) -> Program:
    """The watcher's loop ends and closes the channel that the updater is about to send on."""
    changed = threading.Condition()
    updates, done = Channel(1, changed), Channel(0, changed)

    def watch() -> None:
        (done if right else updates).close()

    def update() -> None:
        updates.send_unless("update", done.is_closed)

    return program(watch, update)
