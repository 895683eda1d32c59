"""A worker process says whether it is well: an endpoint on the loopback interface, for a supervisor.

    GET /health    200 and JSON if the process runs jobs; 503, and why, if it stops or only a restart would help
    GET /metrics   for Prometheus, if prometheus-client is installed

It only reads, in threads of its own, so a queue that hangs can still be asked.
"""

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..queue import Queue

LOOPBACK = "127.0.0.1"


def health_of(queue: Queue) -> tuple[bool, dict[str, Any]]:
    """Return whether a queue runs jobs, and what is known of it. Calls no storage: it may be what hangs."""
    pool = queue.pool
    running = pool.crew.running()
    why = ""
    if not pool.started:
        why = "the queue was not started"
    elif pool.floor.stopping:
        why = "the queue stops"
    elif not pool.crew.alive():
        why = "no worker is alive"
    elif not pool.maintenance.thread.is_alive():
        why = "the maintenance thread is not alive"
    elif pool.crew.at_work() == 0:
        why = "each worker runs a handler that ignores its timeout: restart this process"
    elif pool.dispatch.failure:
        why = f"the storage fails: {pool.dispatch.failure}"
    facts = {"running": len(running), "completed": pool.crew.completed(), "types": list(queue.registry.types)}
    return not why, {"status": "failing" if why else "ok", **({"why": why} if why else {}), **facts}


def address_of(given: str) -> tuple[str, int]:
    """Return the host and the port of PORT or HOST:PORT. Raises ValueError.

    >>> address_of("9000"), address_of("0.0.0.0:9000"), address_of("[::1]:9000")
    (('127.0.0.1', 9000), ('0.0.0.0', 9000), ('::1', 9000))
    """
    host, _, port = given.rpartition(":")
    if not (port.isdecimal() and int(port) < 65_536):
        raise ValueError(f"--health is {given!r}: it must be PORT or HOST:PORT, such as 9000")
    return host.strip("[]") or LOOPBACK, int(port)


class Server(ThreadingHTTPServer):
    """A server whose threads keep no process alive, on an address of either kind."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], answers: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, answers)


class Endpoint:
    """The server of one queue. `with` starts it and ends it. Raises OSError if the port is taken."""

    def __init__(self, queue: Queue, host: str, port: int) -> None:
        registry = metrics_of(queue)

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer(self, queue, registry)

            def log_message(self, format: str, *values: Any) -> None:
                """Say nothing: a supervisor asks every few seconds."""

        self._server = Server((host, port), Answers)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def __enter__(self) -> "Endpoint":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def metrics_of(queue: Queue) -> Any:
    """Have a queue counted for Prometheus. Return the registry, or None if prometheus-client is not installed."""
    try:
        from prometheus_client import CollectorRegistry
    except ModuleNotFoundError:
        return None
    from ..metrics.prometheus import instrument

    registry = CollectorRegistry()
    instrument(queue, registry)
    return registry


def answer(request: BaseHTTPRequestHandler, queue: Queue, registry: Any) -> None:
    """Answer one request."""
    path = request.path.partition("?")[0]
    if path == "/health":
        well, facts = health_of(queue)
        reply(request, 200 if well else 503, "application/json", json.dumps(facts).encode() + b"\n")
    elif path == "/metrics" and registry is not None:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        reply(request, 200, CONTENT_TYPE_LATEST, generate_latest(registry))
    elif path == "/metrics":
        reply(request, 404, "text/plain", b"metrics need prometheus-client: pip install 'goqueue[prometheus]'\n")
    else:
        reply(request, 404, "text/plain", b"there are /health and /metrics\n")


def reply(request: BaseHTTPRequestHandler, status: int, kind: str, body: bytes) -> None:
    """Send an answer."""
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
