"""The partner itself: an HTTP server on loopback that answers by a script and remembers every delivery."""

import json
import socketserver
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from goqueue.lab.partner.scripts import Answer, Script, healthy

MAX_BODY = 64 * 1024  # bytes; an order's number needs a few
SILENCE = 5.0  # seconds: a client that says nothing for so long is hung up on


@dataclass(frozen=True)
class Delivery:
    """One delivery as the partner saw it.

    `attempt` counts how often this order came, from 1. `at` is when it arrived, in seconds since the partner started.
    """

    order: int
    attempt: int
    status: int
    at: float


class Partner:
    """A webhook endpoint on 127.0.0.1, on a port the system chooses, for one `with` block.

    All of it may be used from any thread. Assign to `script` to change how it answers while it runs; deliveries
    already here keep the answer they got. The end of the block waits for clients that have connected and say
    nothing, 5 seconds at most.

    >>> from goqueue.lab.partner import DeliveryFailed, deliver, flaky
    >>> with Partner(flaky(every=2)) as partner:
    ...     deliver(partner.url, 1)
    ...     try:
    ...         deliver(partner.url, 2)
    ...     except DeliveryFailed as failure:
    ...         print(failure)
    ...     partner.script = healthy()
    ...     deliver(partner.url, 3)
    order 2: the partner answered 503 Service Unavailable
    >>> [(d.order, d.attempt, d.status) for d in partner.deliveries]
    [(1, 1, 200), (2, 1, 503), (3, 1, 200)]
    >>> partner.orders()
    (1, 3)
    """

    def __init__(self, script: Script | None = None) -> None:
        self.script: Script = script or healthy()
        self._lock = threading.Lock()  # guards _deliveries and _attempts
        self._deliveries: list[Delivery] = []
        self._attempts: dict[int, int] = {}
        self._stopping = threading.Event()  # wakes every slow answer
        self._server: _Server | None = None
        self._started = 0.0

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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
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
        # The script runs outside the lock: it is somebody's code, and may wait.
        try:
            answer = self.script(order, attempt)
        except Exception as error:
            answer = Answer(500, reason=f"the script raised {type(error).__name__}")
        with self._lock:
            self._deliveries.append(Delivery(order, attempt, answer.status, at))
        return answer


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each connection. Not `http.server.ThreadingHTTPServer`: that one asks the name service for this
    machine's name, which takes seconds on some machines, and does not wait for its threads.
    """

    request_queue_size = 128

    def __init__(self, partner: Partner) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.partner = partner

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up: its delivery is written down. Anything else is a fault of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection, which carries one delivery."""

    timeout = SILENCE
    server: _Server

    def do_POST(self) -> None:
        order = self._read_order()
        if order is None:
            return self._answer(400, 'the body must be JSON: {"order": <whole number>}')
        partner = self.server.partner
        answer = partner._take(order)
        if not partner._stopping.wait(answer.delay):  # a partner that stops answers no more
            self._answer(answer.status, answer.reason)
        return None

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
