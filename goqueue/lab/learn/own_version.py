"""A learner's own version: `goqueue new my_queue --from 11` copies version 11 into a folder, to build on.

my_queue/  *.py          version 11, as it is
           README.md     what step 12 asks for: the problem, the files, the promises to gain
           goqueue.toml  which version it came from
"""

import keyword
import re
import shutil
import sys
import tomllib
from pathlib import Path
from string import Template

from ..versions.course import Entry, catalogue, entry
from ..versions.trial import KEPT, check, gained, kept_by, lost

NOTE = "goqueue.toml"
_README = Path(__file__).with_name("own_version_readme.md")


def new(folder: Path, step: int | str) -> Path:
    """Copy the version of a step into a new `folder`, and return it.

    Raises LookupError for an unknown step or for a name that no package can have, FileExistsError if the folder
    holds something already, because a learner's work is never overwritten.
    """
    found = entry(step)
    folder = folder.absolute()
    check_name(folder.name)
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise FileExistsError(f"{folder.name} is there already: name a new folder, so that no work of yours is lost")
    if not folder.parent.is_dir():
        raise FileNotFoundError(f"{folder.parent.name} is no folder: make it first, or name another place")
    was_there = folder.exists()
    try:
        _fill(folder, found)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)  # it was empty or did not exist
        if was_there:
            folder.mkdir()
        raise
    return folder


def next_commands(folder: Path, step: int | str) -> str:
    """Return what to do next with a new folder, under the name that the learner gave it."""
    came_from, called = entry(step).step, folder.as_posix()
    after = next_step(came_from)
    lines = [f"{called} is a copy of version {came_from}. It is yours."]
    if after == came_from:
        return f"{lines[0]}\n\n    goqueue check {called}"
    lines += [f"Its README.md says what step {after} asks for. Then, while you write:", ""]
    lines += [f"    goqueue watch {called}", "", "The same, once, with every promise:", ""]
    return "\n".join([*lines, f"    goqueue check {called} --step {after}"])


def check_name(name: str) -> None:
    """Raise LookupError, with the remedy, if no package can have this name."""
    if not name.isidentifier() or keyword.iskeyword(name):
        better = re.sub(r"\W+", "_", name).strip("_")
        if not better.isidentifier() or keyword.iskeyword(better):
            better = "my_queue"
        raise LookupError(f"{name!r} cannot be imported: name it with letters, digits and _ only, such as {better}")
    if name in {*sys.stdlib_module_names, "goqueue", "steps"}:
        raise LookupError(f"{name!r} would hide the module of that name: name it otherwise, such as my_{name}")


def next_step(step: int) -> int:
    """Return the step after this one, or the last step after the last one."""
    return min([found.step for found in catalogue() if found.step > step], default=step)


def step_to_work_on(folder: Path) -> int:
    """Return the step after the one that the folder came from, as `new` has noted there.

    Without such a note, all promises are tried, and the answer is the step after the last one that is kept whole.
    """
    try:
        came_from = entry(tomllib.loads((folder / NOTE).read_text(encoding="utf-8"))["came_from"])
    except (OSError, ValueError, LookupError):  # the note is missing, or somebody has edited it
        kept = {result.name for result in check(folder) if result.outcome == KEPT}
        whole = [found.step for found in catalogue() if kept.issuperset(kept_by(found.step))]
        return next_step(whole[-1]) if whole else catalogue()[0].step
    return next_step(came_from.step)


def _fill(folder: Path, found: Entry) -> None:
    folder.mkdir(exist_ok=True)
    for file in sorted(found.path.glob("*.py")):
        shutil.copyfile(file, folder / file.name)
    (folder / "README.md").write_text(_readme(folder.name, found), encoding="utf-8")
    note = f"# Here `goqueue watch` reads which step comes next.\ncame_from = {found.step}\n"
    (folder / NOTE).write_text(note, encoding="utf-8")


def _readme(name: str, found: Entry) -> str:
    begin = f"# {name}\n\nYours: a copy of version {found.step:02}, {found.title}. No edit here breaks the course.\n"
    step = next_step(found.step)
    if step == found.step:
        return f"{begin}\nIt is the last version. `goqueue check {name}` says whether it still keeps every promise.\n"
    after = entry(step)
    page = (after.path / "README.md").read_text(encoding="utf-8")
    problem = page.partition("## Problem\n")[2].partition("\n## ")[0].strip()
    old = {file.name for file in found.path.iterdir()}
    changed = (f"- `{file}`" + ", new" * (file not in old) for file in after.changed if file != "__init__.py")
    to_gain = (f"- {one.sentence} (`{one.name}`)" for one in gained(step))
    may_lose = ", ".join(f"`{one.name}`" for one in lost(step))
    words = {"name": name, "title": after.title, "before": found.step, "step": step, "problem": problem}
    return begin + Template(_README.read_text(encoding="utf-8")).substitute(
        words,
        files="\n".join(changed),
        to_gain="\n".join(to_gain),
        may_lose=may_lose and f"\nThe course's version {step} breaks for a while: {may_lose}. Yours may keep them.\n",
    )
