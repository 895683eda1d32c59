"""The partner itself: an HTTP server on loopback that answers by a script and remembers every delivery."""

import json
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any, Self

MAX_BODY = 64 * 1024  # bytes; an order's number needs a few
SILENCE = 5.0  # seconds after which a client that says nothing is hung up on


@dataclass(frozen=True)
class Answer:
    """What a script says to one delivery: an HTTP status and its reason (None: the usual one), after some seconds."""

    status: int = 200
    delay: float = 0.0
    reason: str | None = None


Script = Callable[[int, int], Answer]
"""It gets the order, and the attempt from 1. Many threads may call it at once; the end of the partner waits for it."""


def healthy() -> Script:
    """A script that accepts every delivery at once."""
    return slow(0.0)


def slow(seconds: float) -> Script:
    """A script that accepts every delivery after `seconds`."""
    return lambda order, attempt: Answer(200, seconds)


def flaky(every: int = 8) -> Script:
    """A script that refuses every 8th order (or whatever `every` says) the first time it comes, and only then.

    >>> script = flaky(every=8)
    >>> script(7, 1).status, script(8, 1).status, script(8, 2).status
    (200, 503, 200)
    """
    if every < 1:
        raise ValueError(f"every={every}: it must be 1 or more (1 refuses each order)")
    return lambda order, attempt: Answer(503 if order % every == 0 and attempt == 1 else 200)


def down(status: int = 503) -> Script:
    """A script that refuses every delivery with `status`."""
    return lambda order, attempt: Answer(status)


@dataclass(frozen=True)
class Delivery:
    """One delivery as the partner saw it: `at` is when it arrived, in seconds since the partner started."""

    order: int
    attempt: int
    status: int
    at: float


class Partner:
    """A webhook endpoint on 127.0.0.1, on a port the system chooses, for one `with` block.

    All of it may be used from any thread. Assign to `script` to change how it answers the deliveries to come. The end
    of the block waits for clients that have connected and say nothing, 5 seconds at most.

    >>> from goqueue.lab.partner import deliver
    >>> with Partner(flaky(every=2)) as partner:
    ...     deliver(partner.url, 1)
    ...     deliver(partner.url, 2)
    Traceback (most recent call last):
    goqueue.lab.partner.delivery.DeliveryFailed: order 2: the partner answered 503 Service Unavailable
    >>> [(d.order, d.attempt, d.status) for d in partner.deliveries], partner.orders()
    ([(1, 1, 200), (2, 1, 503)], (1,))
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script: Script = script or healthy()
        self._lock = threading.Lock()  # guards _deliveries and _attempts
        self._deliveries: list[Delivery] = []
        self._attempts: dict[int, int] = {}
        self._stopping = threading.Event()  # wakes every slow answer
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        """Start to listen. A partner starts once: RuntimeError the second time."""
        if self._server is not None:
            raise RuntimeError("this partner has already run: make a new Partner for a second run")
        self._server = _Server(self)
        self._started = time.monotonic()
        # The poll interval is how long shutdown() may take, in seconds.
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="partner")
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._server is not None
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # joins the threads of the deliveries

    @property
    def url(self) -> str:
        """Where to deliver to. RuntimeError before the partner has started."""
        if self._server is None:
            raise RuntimeError("this partner has no address yet: use it as `with Partner() as …`")
        return f"http://127.0.0.1:{self._server.server_address[1]}/orders"

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Every delivery so far, a snapshot, in the order the partner took them in."""
        with self._lock:
            return tuple(self._deliveries)

    def orders(self) -> tuple[int, ...]:
        """The orders accepted so far, each once, in the order they were first accepted."""
        return tuple(dict.fromkeys(d.order for d in self.deliveries if d.status == 200))

    def _take(self, order: int) -> Answer:
        """Write one delivery down and return what the script says to it."""
        at = time.monotonic() - self._started
        with self._lock:
            attempt = self._attempts[order] = self._attempts.get(order, 0) + 1
        try:  # outside the lock: a script is somebody's code, and may wait
            answer = self.script(order, attempt)
        except Exception as error:
            answer = Answer(500, reason=f"the script raised {type(error).__name__}")
        with self._lock:
            self._deliveries.append(Delivery(order, attempt, answer.status, at))
        return answer


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each connection. (ThreadingHTTPServer may ask a name service, and does not wait for its threads.)"""

    request_queue_size = 128

    def __init__(self, partner: Partner) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.partner = partner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up. Anything else is a fault of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection, which carries one delivery."""

    timeout = SILENCE
    server: _Server

    def do_POST(self) -> None:
        partner, order = self.server.partner, self._read_order()
        if order is None:
            self._answer(400, 'the body must be JSON: {"order": <whole number>}')
        elif not partner._stopping.wait((answer := partner._take(order)).delay):  # a partner that stops answers no more
            self._answer(answer.status, answer.reason)

    def _read_order(self) -> int | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= MAX_BODY):
            return None
        try:
            order = json.loads(self.rfile.read(int(length)))["order"]
        except (ValueError, KeyError, TypeError):
            return None
        return order if type(order) is int else None

    def _answer(self, status: int, reason: str | None) -> None:
        self.send_response(status, reason)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a server thread that prints lands in some notebook cell."""
