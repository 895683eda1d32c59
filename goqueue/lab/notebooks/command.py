"""`goqueue notebooks [--check] [names…]`: refresh the notebooks, or check that they are fresh, and say so."""

from __future__ import annotations

from pathlib import Path

from goqueue.lab.notebooks.refreshing import Refreshed, refresh


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
