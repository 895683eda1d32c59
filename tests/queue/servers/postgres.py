"""A real PostgreSQL for the tests: the one that GOQUEUE_TEST_POSTGRES names, or else one that is started from a wheel.

Each test has a schema of its own, dropped afterwards. A server that is named gets no kills: the tests that need those
start one of their own in any case.
"""

import contextlib
import os
import uuid
from collections.abc import Iterator

import psycopg

from goqueue.lab.servers.postgres import Server

__all__ = ["Server", "own_schema", "stop", "url"]

NAMED = "GOQUEUE_TEST_POSTGRES"  # such as postgresql://user@host/database

_server: list[Server] = []


def url() -> str:
    """Return the address of the server for the tests of this session; start it if it is the first time."""
    named = os.environ.get(NAMED)
    if named:
        return named
    return own().url


def own() -> Server:
    """Return a server that a test may kill, if it starts it again."""
    if not _server:
        _server.append(Server())
    return _server[0]


def stop() -> None:
    """Stop the server of this session, if one was started. (If this is never called, its keeper does it.)"""
    while _server:
        _server.pop().stop()


@contextlib.contextmanager
def own_schema(base: str = "") -> Iterator[str]:
    """Give the address of a queue of its own, which is dropped at the end of the block."""
    schema = f"test_{uuid.uuid4().hex[:12]}"
    base = base or url()
    is_thrown_away = any(each.url == base for each in _server)  # with all that is in it
    yield f"{base}{'&' if '?' in base else '?'}schema={schema}"
    if is_thrown_away:
        return
    with psycopg.connect(base, autocommit=True) as on:
        on.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
