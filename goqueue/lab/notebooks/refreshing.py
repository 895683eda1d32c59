"""Refreshing: run a notebook, bring it into its canonical form, and store it, or say what would change.

    stored file ──> run in a fresh kernel ──> canonical form ──> the same file (or, with check, a difference)

A file is replaced in one step, and only after every cell has run, so nobody ever finds half a notebook.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goqueue.lab.notebooks.canonical import canonical, cell_ids, difference, nbformat
from goqueue.lab.notebooks.running import run

NOT_COMPARED = "nbval-ignore-output"  # the tag of a cell whose outputs differ from run to run


@dataclass(frozen=True)
class Refreshed:
    """What became of one notebook.

    `difference` is between the file as it was and the run; `problem` says why the run stopped, and the file is as it
    was; `redrawn` means that bytes differ, if only in a picture.
    """

    path: Path
    difference: str = ""
    problem: str = ""
    redrawn: bool = False


def refresh(paths: Iterable[Path], check: bool = False) -> list[Refreshed]:
    """Run the notebooks and store their outputs; with `check`, change no file and report what would change.

    A second run on one machine writes the same bytes. A notebook that cannot be run to its end is reported, left as
    it was, and the next one is run. Raises ModuleNotFoundError when nbclient or ipykernel is not installed, and
    OSError when a file cannot be read or written.
    """
    return [_refresh(Path(path), check) for path in paths]


def _refresh(path: Path, check: bool) -> Refreshed:
    stored = path.read_bytes().decode()
    try:
        notebook = nbformat().reads(stored, as_version=4)
        fresh = canonical(_keep_ignored(notebook, run(notebook, path.parent)))
    except (ValueError, RuntimeError, nbformat().ValidationError) as reason:
        return Refreshed(path, problem=f"{reason}; the file is unchanged")
    if fresh != stored and not check:
        write(path, fresh)
    return Refreshed(path, difference(path.name, stored, fresh), redrawn=fresh != stored)


def _keep_ignored(stored: Any, fresh: Any) -> Any:
    """`fresh`, with the stored outputs of the cells whose outputs nobody compares, unless the cell was edited."""
    for cell_id, old, new in zip(cell_ids(fresh), stored["cells"], fresh["cells"], strict=True):
        unchanged = old.get("id") == cell_id and old.get("outputs")
        if unchanged and NOT_COMPARED in new["metadata"].get("tags", []):
            new["outputs"] = old["outputs"]
            for output in new["outputs"]:
                if "execution_count" in output:
                    output["execution_count"] = new["execution_count"]
    return fresh


def write(path: Path, text: str) -> None:
    """Replace the file in one step: a reader, or a crash, finds the old notebook or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        shutil.copymode(path, name)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
