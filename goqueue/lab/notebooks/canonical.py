"""The canonical form of a notebook: one text for one content, on every machine and after every run.

It keeps the cells, their tags, their outputs and prompt numbers. It drops random ids (ids are made from the content
instead), timings, the kernel's version, the paths in tracebacks, and whatever else a front end adds.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from itertools import zip_longest
from typing import Any

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = ("jupyter", "tags")  # "jupyter" folds a cell's source or outputs

_TRACEBACK = "Traceback (most recent call last)"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_CELL_FRAME = re.compile(r"Cell In\[(\d+)\], line (\d+)(?:, in (\w+))?")
_FILE_FRAME = re.compile(r"File (.+):\d+, in ([\w.<>]+)")
_OWN_FILE = re.compile(r".*[/\\]((?:goqueue|steps)[/\\].+)")
_ARROW = re.compile(r"-+> \d+ (.*)")
_PICTURE = re.compile(r"base64,[A-Za-z0-9+/=]+")


def nbformat() -> Any:
    """The module nbformat: imported late, since few need it, and as Any, since its functions have no annotations."""
    import nbformat as module

    return module


def canonical(notebook: Any) -> str:
    """The text of a notebook's file. `notebook` itself is not changed. Raises ValidationError of nbformat.

    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> first, second = (canonical(new_notebook(cells=[new_code_cell("1 + 1")])) for _ in range(2))
    >>> first == second  # although nbformat drew two ids
    True
    """
    cells = []
    for cell_id, cell in zip(cell_ids(notebook), notebook["cells"], strict=True):
        metadata = {key: cell["metadata"][key] for key in CELL_METADATA if cell["metadata"].get(key)}
        plain = {**cell, "id": cell_id, "metadata": metadata}
        if "outputs" in cell:
            plain["outputs"] = [
                {**output, "traceback": short_traceback(output)} if output["output_type"] == "error" else output
                for output in cell["outputs"]
            ]
        cells.append(plain)
    whole = nbformat().from_dict({"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5})
    nbformat().validate(whole)
    return str(nbformat().writes(whole)).rstrip("\n") + "\n"


def cell_ids(notebook: Any) -> list[str]:
    """An id for each cell, made from its type and source; the second of two equal cells gets "-2"."""
    seen: dict[str, int] = {}
    ids = []
    for cell in notebook["cells"]:
        digest = hashlib.sha256(f"{cell['cell_type']}\0{cell['source']}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        ids.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return ids


def short_traceback(error: Any) -> list[str]:
    """The traceback of an error output, without what depends on the machine: the frames in cells and in our own code.

    Paths are cut to where our code begins; other files are left out, and so are the line numbers of files, which move
    with every edit. A traceback that is short already stays as it is.
    """
    if error["traceback"][:1] == [_TRACEBACK]:
        return list(error["traceback"])
    frames: list[str] = []
    ours = False  # whether an arrow belongs to the last frame in `frames`
    for line in _COLOUR.sub("", "\n".join(error["traceback"])).rpartition(_TRACEBACK)[2].splitlines():
        if cell := _CELL_FRAME.match(line):
            number, row, function = cell.groups()
            frames.append(f"  In [{number}], line {row}" + (f", in {function}" if function else ""))
            ours = True
        elif file := _FILE_FRAME.match(line):
            path = _own(file[1])
            ours = bool(path)
            frames += [f"  {path}, in {file[2]}"] if path else []
        elif ours and (arrow := _ARROW.match(line)):
            frames[-1] += f": {arrow[1].strip()}"
    return [_TRACEBACK, *frames, f"{error['ename']}: {error['evalue']}"]


def _own(path: str) -> str:
    """`path` from where our own code begins, or "" for a file of somebody else."""
    ours = _OWN_FILE.match(path)
    inside = ours[1].replace("\\", "/") if ours else ""
    return "" if "/site-packages/" in inside or "/lib/" in inside else inside


def difference(name: str, stored: str, fresh: str) -> str:
    """A unified difference of two notebook files, cell by cell; "" when there is none.

    The bytes of pictures are left out: they depend on matplotlib's version, and no one can read them.
    """
    stored, fresh = (_PICTURE.sub("base64,…", text) for text in (stored, fresh))
    if stored == fresh:
        return ""
    before, after = json.loads(stored), json.loads(fresh)
    pairs = list(zip_longest(before.pop("cells"), after.pop("cells")))
    lines = _unified(f"{name} metadata", before, after)
    for index, (old, new) in enumerate(pairs):
        lines += _unified(f"{name} cell {index + 1}", old, new)
    return "\n".join(lines) or f"{name} has another layout (indentation, order of keys)"


def _unified(where: str, *sides: Any) -> list[str]:
    before, after = (
        [] if side is None else json.dumps(side, indent=1, ensure_ascii=False, sort_keys=True).splitlines()
        for side in sides
    )
    return list(difflib.unified_diff(before, after, f"{where} (stored)", f"{where} (run)", lineterm=""))
