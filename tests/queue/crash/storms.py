"""Storms, each in a process of its own without threads, because it forks: begun, and what it has left behind."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SEED = 17


def begin(folder: Path, storage: str, kills: int) -> "subprocess.Popen[str]":
    """Start a storm in a folder. `storage` is the durability of a file there, or the URL of a server."""
    command = [sys.executable, "-m", "tests.queue.crash.storm", str(folder), storage, str(SEED), str(kills)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def aftermath(process: "subprocess.Popen[str]", mode: str, kills: int) -> dict[str, Any]:
    """Wait for the end of a storm, and return what it has left behind, with what it was."""
    said, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors[-3000:]
    return {**json.loads(said), "mode": mode, "kills": kills}
