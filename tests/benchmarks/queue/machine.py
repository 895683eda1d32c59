"""What the figures depend on: processor, system, Python, SQLite, and how long the file system takes to sync."""

import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SYNCS = 200


def machine(folder: Path) -> Iterator[str]:
    """Yield the lines that go before the tables."""
    threads = "" if getattr(sys, "_is_gil_enabled", lambda: True)() else ", free-threaded"
    yield f"- {os.cpu_count() or 1} cores, {processor()}{load()}"
    yield f"- {platform.python_implementation()} {platform.python_version()}{threads}, SQLite {sqlite3.sqlite_version}"
    yield f"- {system()}"
    middle, late = sync_times(folder)
    syncs = f"{middle * 1e3:.2f} ms in the median, {late * 1e3:.2f} ms at p99"
    yield f"- files on {file_system(folder)}: a write of 4 KiB and its fsync take {syncs}"


def processor() -> str:
    """Return the processor's model."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def load() -> str:
    """Return how busy the machine was before."""
    return f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""


def system() -> str:
    """Return the system and its release."""
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform()
    return f"{name}, {platform.system()} {platform.release()} {platform.machine()}"


def file_system(folder: Path) -> str:
    """Return the type of the file system that holds a folder."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return "a file system of unknown type"
    place = str(folder.resolve())
    holding = [(mount[1], mount[2]) for mount in mounts if f"{place}/".startswith(f"{mount[1].rstrip('/')}/")]
    return max(holding, key=lambda mount: len(mount[0]))[1]


def sync_times(folder: Path) -> tuple[float, float]:
    """Return the seconds of a small write that is on disk: the median, and the p99."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix="queue-benchmark-") as file:
        for _ in range(SYNCS):
            start = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return statistics.median(times), statistics.quantiles(times, n=100)[98]
