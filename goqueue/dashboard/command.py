"""`goqueue dashboard FILE`: the dashboard of a queue, by its file or its address, until Ctrl-C.

It listens on 127.0.0.1. For any other address it needs a token: the one given, or one that it makes and prints.
"""

import argparse
import logging
import os
import secrets
import sys
from collections.abc import Sequence

import uvicorn

from ..errors import StorageError
from ..operations.command import opened, without_password
from ..queue import Queue
from .app import create_app
from .guards import is_loopback

LARGEST = 65_535  # ports
TOKEN = "GOQUEUE_DASHBOARD_TOKEN"  # of the environment, which no list of processes shows


def main(arguments: Sequence[str]) -> int:
    """Run `goqueue dashboard`. Return the exit status: 0, 1 if the file cannot be opened, 2 for a wrong call."""
    options = parser().parse_args(arguments)
    try:
        serve(options.file, options.host, options.port, options.token)
    except (ValueError, StorageError) as err:
        print(f"goqueue dashboard: {err}", file=sys.stderr)
        return 2 if isinstance(err, ValueError) else 1
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of `goqueue dashboard`."""
    found = argparse.ArgumentParser(
        prog="goqueue dashboard",
        description="Show a queue's file in a browser. It speaks HTTP. To reach it from elsewhere, use ssh -L, or "
        "put a proxy before it that speaks HTTPS and passes Host on.",
    )
    found.add_argument(
        "file", metavar="FILE", help="the queue's file, such as jobs.db, or its address, such as redis://localhost"
    )
    found.add_argument("--host", default="127.0.0.1", help="(default: 127.0.0.1)")
    found.add_argument("--port", type=int, default=8_017, help="(default: 8017; 0: any that is free)")
    found.add_argument(
        "--token",
        default=os.environ.get(TOKEN),
        help=f"what a reader must know; also from {TOKEN}. For an address that others reach, it is made if not given",
    )
    return found


def serve(file: str, host: str, port: int, token: str | None) -> None:
    """Serve the dashboard of a file until a signal comes. Raises ValueError for what cannot be served."""
    if not 0 <= port <= LARGEST:
        raise ValueError(f"--port is {port}: it must be from 0 to {LARGEST}")
    made = token is None and not is_loopback(host)
    if made:
        token = secrets.token_urlsafe()
    queue = Queue(storage=opened(file))
    try:
        config = uvicorn.Config(
            create_app(queue, token=token), host=host, port=port, log_config=None, server_header=False, access_log=False
        )
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        try:
            listening = config.bind_socket()
        except SystemExit:  # uvicorn has said why
            raise ValueError(f"--host {host} --port {port} cannot be used: give another, or --port 0") from None
        listening.listen()  # before the address is told: whoever asks at once waits for the server
        shown = f"[{host}]" if ":" in host else host
        print(
            f"{without_password(file)} at http://{shown}:{listening.getsockname()[1]}/",
            *([f"token: {token}"] if made else []),
            sep="\n",
        )
        sys.stdout.flush()
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        queue.close()
