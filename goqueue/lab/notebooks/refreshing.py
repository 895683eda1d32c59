"""`goqueue notebooks [--check] [names…]`: run each notebook, and store it in its canonical form, or show what differs.

    stored file ──> run in a fresh kernel ──> canonical form ──> the same file (or, with check, a difference)

A file is replaced in one step, and only after every cell has run, so nobody ever finds half a notebook.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from goqueue.lab.notebooks.canonical import canonical, cell_ids, difference, nbformat
from goqueue.lab.notebooks.running import run
from goqueue.lab.whole_file import write

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


def refresh_command(names: list[str], check: bool) -> int:
    """Refresh the named notebooks, or all of them, and print a line for each; with `check`, change nothing.

    Returns the exit code: 0 when all is well; 1 when a notebook was refused or, with `check`, differs; 2 when a name
    is unknown, and then nothing was run.
    """
    try:
        paths = find(names)
    except LookupError as unknown:
        print(unknown.args[0])
        return 2
    failed = False
    if not paths:
        print("there are no notebooks here: go to the folder of the course, or make one with `goqueue course FOLDER`")
        return 2
    for path in paths:
        for result in refresh([path], check):
            print(_in_words(result, check), flush=True)
            failed |= bool(result.problem or (check and result.difference))
    return int(failed)


def find(names: list[str]) -> list[Path]:
    """The notebooks that `names` mean: files, or beginnings of names in the folder `notebooks` ("12"). None: all.

    The folder is `notebooks` here, or else the one beside goqueue in a checkout. Raises LookupError for a name
    that means no notebook, and lists those there are.
    """
    here = Path("notebooks")
    folder = here if here.is_dir() else Path(__file__).parents[3] / "notebooks"
    known = sorted(folder.glob("*.ipynb"))
    found: list[Path] = []
    for name in names:
        meant = [Path(name)] if Path(name).is_file() else [path for path in known if path.name.startswith(name)]
        if not meant:
            there = ", ".join(path.stem for path in known) or "none"
            raise LookupError(f"no notebook is called {name!r}; there are: {there}; give one of these, or a file")
        found += meant
    return found or known


def _in_words(result: Refreshed, check: bool) -> str:
    if result.problem:
        return f"refused    {result.path}: {result.problem}"
    if not check:
        return f"{'refreshed' if result.redrawn else 'unchanged'}  {result.path}"
    if result.difference:
        return f"differs    {result.path}; to store the run: goqueue notebooks {result.path}\n{result.difference}"
    return f"unchanged  {result.path}{' (but a picture is drawn differently here)' if result.redrawn else ''}"
