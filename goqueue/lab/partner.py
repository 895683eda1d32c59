"""The partner: the webhook endpoint of the running story, on this machine.

A shop tells its partner of each order by webhook. This file is both ends of
that wire: `Partner`, the server, and `deliver`, the shop's side of one delivery.

    shop                            partner
    deliver(url, 17) -- POST ------> one thread a connection, at most 64
                                      script(17, attempt) -> Answer(status, delay)
                                      writes the delivery down
           DeliveryFailed <-- 503 --  waits `delay`, then answers

What it promises:

- A script is a plain function of the order and of how often that order came.
  So the same deliveries get the same answers in every run, in any order.
- A delivery is written down before it is answered: who holds an answer finds
  its delivery in `partner.deliveries`. One that was never answered (the shop
  hung up, the partner stopped) is written down too: it did arrive.
- After the `with` block no thread and no socket is left, even if a slow answer
  was on its way or a client kept its connection open.
- Nothing prints.
"""

import http.client
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

__all__ = [
    "Answer", "Delivery", "DeliveryFailed", "Partner", "Script",
    "deliver", "down", "flaky", "healthy", "slow",
]  # fmt: skip

MAX_CONNECTIONS = 64  # served at a time; the next one waits its turn
MAX_BODY = 64 * 1024  # bytes; an order's number needs a few
IDLE_SECONDS = 5.0  # an open connection that says nothing is then closed


@dataclass(frozen=True)
class Answer:
    """What a script says to one delivery: an HTTP status, after a delay in seconds."""

    status: int = 200
    delay: float = 0.0


@dataclass(frozen=True)
class Delivery:
    """One delivery as the partner saw it.

    `attempt` counts how often this order came, from 1. `at` is when it arrived,
    in seconds since the partner started.
    """

    order: int
    attempt: int
    status: int
    at: float


Script = Callable[[int, int], Answer]
"""A script gets the order and the attempt (from 1). Many threads may call it at once.

A script of your own may wait (for an Event, say) to make a partner that hangs;
the partner's stop waits for it.
"""


def healthy() -> Script:
    """A script that accepts every delivery at once.

    >>> healthy()(17, 1)
    Answer(status=200, delay=0.0)
    """
    return slow(0.0)


def slow(seconds: float) -> Script:
    """A script that accepts every delivery after `seconds`.

    >>> slow(0.5)(17, 1)
    Answer(status=200, delay=0.5)
    """
    return lambda order, attempt: Answer(200, seconds)


def flaky(every: int = 8, *, refusals: int = 1, delay: float = 0.0) -> Script:
    """A script that refuses every 8th order the first time it comes, and only then.

    `every` says which orders are refused (its multiples), `refusals` how often
    each of them is, `delay` how many seconds each answer takes.

    >>> script = flaky(every=8)
    >>> script(7, 1).status, script(8, 1).status, script(8, 2).status
    (200, 503, 200)
    """
    if every < 1:
        raise ValueError(f"every={every}: it must be 1 or more (1 refuses each order)")

    def script(order: int, attempt: int) -> Answer:
        refused = order % every == 0 and attempt <= refusals
        return Answer(503 if refused else 200, delay)

    return script


def down(status: int = 503) -> Script:
    """A script that refuses every delivery with `status`.

    >>> down()(17, 1)
    Answer(status=503, delay=0.0)
    """
    return lambda order, attempt: Answer(status)


class Partner:
    """A webhook endpoint on 127.0.0.1, on a port the system chooses, for one `with` block.

    All of it may be used from any thread. Assign to `script` to change how it
    answers while it runs; deliveries already here keep the answer they got.

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
        self._thread = threading.Thread(target=self._server.run, name="partner")
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()

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

    def _take(self, order: int) -> tuple[Answer, str | None]:
        """Write one delivery down; return the script's answer, and its fault if it raised."""
        at = time.monotonic() - self._started
        with self._lock:
            attempt = self._attempts[order] = self._attempts.get(order, 0) + 1
        # The script runs outside the lock: it is somebody's code, and may wait.
        try:
            answer, fault = self.script(order, attempt), None
        except Exception as error:
            answer, fault = Answer(500), f"the script raised {type(error).__name__}"
        with self._lock:
            self._deliveries.append(Delivery(order, attempt, answer.status, at))
        return answer, fault


class _Server(socketserver.TCPServer):
    """Accepts connections in one thread and serves each in one of the pool's threads.

    Not `http.server.HTTPServer`: that one asks the name service for this
    machine's name, which takes seconds on some machines.
    """

    request_queue_size = 128

    def __init__(self, partner: Partner) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.partner = partner
        self._lock = threading.Lock()  # guards _open
        self._open: set[socket.socket] = set()  # every connection not yet closed
        self._pool = ThreadPoolExecutor(MAX_CONNECTIONS, thread_name_prefix="partner")

    def run(self) -> None:
        self.serve_forever(poll_interval=0.02)  # how long shutdown() may take, in seconds

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        self._pool.submit(self._serve, request, client_address)

    def _serve(self, request: socket.socket, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError:
            pass  # the client hung up: its affair, and its delivery is written down
        finally:
            self.shutdown_request(request)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close every socket and join every thread. The accepting thread has ended."""
        self.server_close()
        with self._lock:
            still_open = list(self._open)
        for connection in still_open:  # wakes the threads that wait for a next request
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the other side was quicker
        self._pool.shutdown(cancel_futures=True)
        for connection in still_open:
            connection.close()  # of those whose turn never came; closing twice is harmless


class _Handler(BaseHTTPRequestHandler):
    """One connection: reads deliveries and answers them until the client hangs up."""

    protocol_version = "HTTP/1.1"  # keeps the connection open between deliveries
    disable_nagle_algorithm = True  # an answer leaves at once
    wbufsize = -1  # head and body of an answer leave together
    timeout = IDLE_SECONDS
    server: _Server

    def do_POST(self) -> None:
        order = self._read_order()
        if order is None:
            self.close_connection = True  # what else the client sent is unknown
            return self._answer(400, 'the body must be JSON: {"order": <whole number>}')
        partner = self.server.partner
        answer, fault = partner._take(order)
        if partner._stopping.wait(answer.delay):
            self.close_connection = True  # a partner that stops answers no more
            return None
        return self._answer(answer.status, fault)

    def _read_order(self) -> int | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length) <= MAX_BODY):
            return None
        try:
            order = json.loads(self.rfile.read(int(length)))["order"]
        except (ValueError, KeyError, TypeError):
            return None
        return order if type(order) is int else None

    def _answer(self, status: int, reason: str | None = None) -> None:
        self.send_response(status, reason)
        self.send_header("Content-Length", "0")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: a server thread that prints lands in some notebook cell."""


class DeliveryFailed(Exception):
    """The partner did not accept a delivery.

    `order` is the order's number, `status` the HTTP status, or None if no answer
    came (then the partner may or may not have the order), `reason` the rest.

    >>> print(DeliveryFailed(17, 503, "Service Unavailable"))
    order 17: the partner answered 503 Service Unavailable
    >>> print(DeliveryFailed(17, None, "timed out after 2 s"))
    order 17: no answer from the partner: timed out after 2 s
    """

    def __init__(self, order: int, status: int | None, reason: str) -> None:
        super().__init__(order, status, reason)
        self.order, self.status, self.reason = order, status, reason

    def __str__(self) -> str:
        if self.status is None:
            return f"order {self.order}: no answer from the partner: {self.reason}"
        return f"order {self.order}: the partner answered {self.status} {self.reason}"


def deliver(url: str, order: int, *, timeout: float = 5.0) -> None:
    """Tell the partner at `url` of one order; return once it has accepted it.

    `timeout` is in seconds, for each wait on the wire. Each call has a connection
    of its own, so any number of threads may deliver at once. Raises
    `DeliveryFailed` if the partner refuses or does not answer, ValueError if
    `url` is not an http address or `timeout` not above 0.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError(f"url={url!r}: it must look like http://host:port/path")
    if timeout <= 0:
        raise ValueError(f"timeout={timeout}: it must be above 0 seconds")
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    target = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    body = json.dumps({"order": order})
    try:
        connection.request("POST", target, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
    except TimeoutError:
        raise DeliveryFailed(order, None, f"timed out after {timeout:g} s") from None
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryFailed(order, None, str(error) or type(error).__name__) from error
    finally:
        connection.close()
    if response.status != 200:
        raise DeliveryFailed(order, response.status, response.reason)
