"""A learner's own copy of the course: outside of the checkout, without the answers, and kept up to date.

    the course ── steps, and notebooks without outputs ──> her folder               the first time
    the course ── what she has not changed since ────────> her folder               at each later call
                  what she has changed stays as it is, and is named

The outputs are left out because they give away what `predict` asks. The notebooks of a checkout keep theirs, for the
book and for the tests. A file in her folder says what was brought, as a digest for each file. A notebook counts as
changed when the text of its cells differs, and not because she has run them.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..versions.course import PACKAGE
from ..whole_file import write

RECORD = ".goqueue-course.json"  # in her folder: what was brought
PARTS = ("steps", "notebooks")
LEFT_OUT = ("__pycache__", ".ipynb_checkpoints", "conftest.py")


@dataclass
class Brought:
    """What came of bringing the course to a folder: the names of files, with `/` between their parts."""

    folder: Path
    new: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # they left the course, and she had not changed them
    kept: list[str] = field(default_factory=list)  # she changed them, and the course has another version of them now

    def __str__(self) -> str:
        """Say it in a line for each kind of news."""
        lines = [f"the course is in {self.folder}: open its notebooks, 00_start first"]
        if self.renewed or self.gone:
            lines.append(f"{len(self.renewed)} files are newer now, {len(self.gone)} have left the course")
        lines += [f"{name} is yours, and stays; for the course's newer one, rename yours" for name in self.kept]
        return "\n".join(lines)


def bring(folder: Path) -> Brought:
    """Make or renew a learner's copy of the course in `folder`, and say what came of it.

    Raises FileExistsError if the folder holds anything else, ValueError if it is inside of the course. A call that was
    cut short is made good by the next one.
    """
    root = origin()
    if folder.resolve().is_relative_to(root):
        raise ValueError(f"{folder} is inside of the course itself: name a folder outside of {root.name}")
    before = recorded(folder)
    came, after = Brought(folder), dict[str, str]()
    for name, content in files(root):
        after[name] = put(folder / name, content, before.get(name), came, name)
    for name in sorted(before.keys() - after.keys()):
        left = folder / name
        if left.is_file() and digest(name, left.read_bytes()) == before[name]:
            left.unlink()
            came.gone.append(name)
    write(folder / RECORD, json.dumps(after, indent=0))
    return came


def put(place: Path, content: bytes, delivered: str | None, came: Brought, name: str) -> str:
    """Bring one file, unless it is hers. Return the digest to record: of what was delivered last."""
    new = digest(name, content)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        write(place, content)
        came.new.append(name)
        return new
    found = digest(name, place.read_bytes())
    if found == new:
        return new
    if found != delivered:
        if delivered != new:
            came.kept.append(name)
        return delivered or new
    write(place, content)
    came.renewed.append(name)
    return new


def origin() -> Path:
    """Return the folder of the course that goqueue came with, even inside of a copy of it."""
    checkout = PACKAGE.parent
    return checkout if (checkout / "steps" / "steps.toml").is_file() else PACKAGE / "_course"


def recorded(folder: Path) -> dict[str, str]:
    """Return what was brought to the folder before. Raises FileExistsError if it holds something else."""
    record = folder / RECORD
    if record.is_file():
        try:
            found = json.loads(record.read_bytes())
            return {str(name): str(value) for name, value in found.items()}
        except (ValueError, AttributeError):
            return {}  # then each file that differs is hers
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(f"{folder} is not empty: name a new folder, so that no work of yours is overwritten")
    return {}


def files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file that a learner gets."""
    for part in PARTS:
        for path in sorted((root / part).rglob("*")):
            name = path.relative_to(root)
            if path.is_file() and not any(part in LEFT_OUT for part in name.parts):
                content = path.read_bytes()
                yield name.as_posix(), without_outputs(content) if path.suffix == ".ipynb" else content


def without_outputs(notebook: bytes) -> bytes:
    """Return a notebook as if no cell of it had run."""
    found = json.loads(notebook)
    for cell in found["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return (json.dumps(found, indent=1, ensure_ascii=False) + "\n").encode()


def digest(name: str, content: bytes) -> str:
    """Return a digest of a file; of a notebook, of the text of its cells alone."""
    if name.endswith(".ipynb"):
        with suppress(ValueError, KeyError, TypeError):  # broken by her, so it differs from all that was brought
            content = json.dumps([text_of(cell) for cell in json.loads(content)["cells"]]).encode()
    return hashlib.sha256(content).hexdigest()


def text_of(cell: dict[str, Any]) -> tuple[str, str]:
    """Return the kind and the text of a cell. An editor may store the text in lines or in one piece."""
    source = cell["source"]
    return cell["cell_type"], source if isinstance(source, str) else "".join(source)
