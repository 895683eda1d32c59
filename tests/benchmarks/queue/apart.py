"""Measure one contender once, in a process of its own: no other's threads, garbage or modules are there.

    run.py ── starts ──> run.py --one ROW CONTENDER SIZE FOLDER ── prints ──> {"figures": {…}}

It prints {"missing": why} if an import fails, and {"broke": why} if the measurement does.
"""

import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from .figures import Contender, Figures, Row

RUN = Path(__file__).with_name("run.py")
LIMIT = 300.0  # seconds for one measurement


def measured(row: Row, contender: Contender, size: int, folder: Path) -> tuple[Figures | None, str]:
    """Return the figures of one measurement; or None, and why there are none."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="queue-benchmark-") as empty:
        command = [sys.executable, str(RUN), "--one", row.name, contender.name, str(size), empty]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=True)
        except subprocess.TimeoutExpired:
            return None, f"no end in {LIMIT:g} s"
        except subprocess.CalledProcessError as err:
            return None, f"broke off: {err.stderr.strip().splitlines()[-1:]}"
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if "figures" in answer:
        return answer["figures"], ""
    return None, f"skipped: {answer['missing']}" if "missing" in answer else f"broke off: {answer['broke']}"


def answer(row: Row, name: str, size: int, folder: Path) -> str:
    """Measure here, and return what is printed: what the process started by measured() does."""
    warnings.simplefilter("ignore")
    contender = next(contender for contender in row.contenders if contender.name == name)
    try:
        return json.dumps({"figures": contender.measure(size, folder)})
    except ImportError as err:
        return json.dumps({"missing": str(err)})
    except Exception as err:
        return json.dumps({"broke": f"{type(err).__name__}: {err}"})
