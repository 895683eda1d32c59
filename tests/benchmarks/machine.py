"""What the figures depend on: processor, system, Python, SQLite, and how long the file system takes to sync."""

import os
import platform
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path


def machine(folder: Path) -> dict[str, str]:
    """Return what the file says of the machine; `folder` is where the SQLite files are made."""
    threads = "" if getattr(sys, "_is_gil_enabled", lambda: True)() else ", free-threaded"
    model = re.search(r"^model name\s*: (.*)", text_of("/proc/cpuinfo"), re.MULTILINE)
    times = [seconds * 1e3 for seconds in sync_times(folder)]
    syncs = f"{statistics.median(times):.2f} ms in the median, {statistics.quantiles(times, n=100)[98]:.2f} ms at p99"
    return {
        "processor": f"{os.cpu_count() or 1} cores, {model[1] if model else platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}{threads}",
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.machine()}, {' '.join(platform.libc_ver())}".rstrip(", "),
        "files": f"on {file_system(folder)}; a write of 4 KiB and its fsync take {syncs}",
    }


def text_of(file: str) -> str:
    """Return what a file of the system says; nothing where there is none."""
    return Path(file).read_text(encoding="utf-8") if Path(file).exists() else ""


def file_system(folder: Path) -> str:
    """Return the type of the file system that holds a folder."""
    mounts = (line.split() for line in text_of("/proc/mounts").splitlines())
    holding = [(place, kind) for _, place, kind, *_ in mounts if folder.resolve().is_relative_to(place)]
    return max(holding, key=lambda mount: len(mount[0]), default=("", "a file system of unknown type"))[1]


def sync_times(folder: Path) -> list[float]:
    """Return the seconds of 200 small writes, each on disk at its end."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix="benchmark-") as file:
        for _ in range(200):
            start = time.perf_counter()
            os.write(file.fileno(), bytes(4096))
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return times
