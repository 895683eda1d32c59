"""`goqueue carry FILE`: take a change of a version's file forward into each later version.

Each version is a whole copy of the one before plus its changes, so a change belongs in every later copy too. It is
merged into each of them by `git merge-file`, a three-way merge. Git is needed anyway: it has the file as it was.
Files are written only when every merge worked. Then the pins are updated, and the command names what else to change.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .mentions import follow_up
from .merge import Change, committed, merge
from .pins import differences, folders, read_pins, write_pins

CARRIED, ALREADY, BY_HAND, CONFLICT = "carried", "has it already", "edited by you, so left as it is", "could not"


@dataclass(frozen=True)
class Step:
    """The result for one later version: its outcome, its change, and its conflicts in words."""

    file: Path
    outcome: str
    change: Change
    conflicts: tuple[str, ...] = ()


_EXAMPLE = "steps/step10_retry_fields/job.py"
_UNWRITTEN = """
No file was changed. Make the change by hand in the first version where it does not fit, and run the command again:
it leaves your edit as it is, and carries it on from there."""


def carry_command(files: Sequence[str], base: str, pin: bool) -> int:
    """Run the command. Returns 0, or 1 for a conflict. Raises LookupError when it is called wrongly."""
    from .course import course_root

    if pin and files:
        raise LookupError("--pin keeps the differences of all files: name none, or leave --pin out")
    if pin:
        changed = write_pins(course_root())
        print("\n".join(f"pin updated: steps/{key}" for key in changed) or "every pin is as before")
        return 0
    if len(files) != 1:
        raise LookupError(f"carry takes one file of a version, such as {_EXAMPLE}; {len(files)} were named")
    return _carry_file(Path(files[0]), base)


def _carry_file(file: Path, base: str) -> int:
    change, later = find_change(file, base)
    steps = carry(change, later, base)
    print("\n".join([f"the change of {_name(file)} since {base}:", *map(_in_words, steps)]))
    first = next((step for step in steps if step.conflicts), None)  # later conflicts are mostly the same
    if first:
        print("\n".join(["", *first.conflicts, _UNWRITTEN]))
        return 1
    root = file.resolve().parents[2]
    to_do = follow_up(root, file.resolve(), change.before.decode(), change.after.decode())
    write_all({step.file: step.change.after for step in steps if step.outcome == CARRIED})
    print(_repin(root, file.name, change, [step.file.parent.name for step in steps]))
    print(to_do)
    return 0


def find_change(file: Path, base: str) -> tuple[Change, list[Path]]:
    """Return what changed in `file` since the revision `base`, and the same file of each later version.

    Raises LookupError if the file is no version's, is not in git at `base`, has not changed, or is not Python.
    """
    path = file.resolve()
    if not path.is_file():
        raise LookupError(f"there is no file {file}: name one of a version, such as {_EXAMPLE}")
    if len(path.parents) < 3 or path.parent not in folders(path.parents[2]) or path.suffix != ".py":
        raise LookupError(f"{file} is no Python file of a version: name one such as {_EXAMPLE}")
    before, after = committed(path, base), path.read_bytes()
    if before is None:
        raise LookupError(f"{file} is not in git at {base}: a new file has no change; copy it into later versions")
    if before == after:
        raise LookupError(f"{file} is as it was at {base}: edit it first; if you committed the edit: --base HEAD~1")
    _compile(f"{_name(file)} at {base} is not Python", before)
    _compile(f"{_name(file)} is not Python any more", after)
    later = [folder / path.name for folder in folders(path.parents[2]) if folder.name > path.parent.name]
    for other in later:
        if not other.is_file():
            raise LookupError(f"{_name(other)} does not exist: a later version must have each file of an earlier one")
    return Change(path.parent.name, before, after), later


def carry(change: Change, later: Sequence[Path], base: str) -> list[Step]:
    """Merge a change into each later file, without writing any.

    It goes on from the last version that it changed, so an edit made there by hand is carried on too.
    """
    steps: list[Step] = []
    for file in later:
        now = file.read_bytes()
        before = committed(file, base)
        merged, conflicts = merge(now, change, file.parent.name)
        if conflicts and now == before:
            steps.append(Step(file, CONFLICT, change, tuple(conflicts)))
            continue
        outcome = BY_HAND if conflicts else ALREADY if merged == now else CARRIED
        own = Change(file.parent.name, now if before is None else before, now if conflicts else merged)
        _compile(f"{_name(file)} would not be Python any more", own.after)
        steps.append(Step(file, outcome, own))
        change = own if own.before != own.after else change
    return steps


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write all files or, if one cannot be written, none."""
    written = {path.with_name(f".{path.name}.carried"): path for path in contents}
    try:
        for new, path in written.items():
            new.write_bytes(contents[path])
        for new, path in written.items():
            os.replace(new, path)
    finally:
        for new in written:
            new.unlink(missing_ok=True)


def _repin(root: Path, name: str, change: Change, later: list[str]) -> str:
    """Pin how the later versions differ; the first one too, if it still has all lines that it had in common."""
    first = f"{change.version}/{name}"
    before, dropped = change.before.decode().splitlines(), _dropped(read_pins(root), first)
    new = [line for line in _dropped(differences(root), first) if line not in dropped and line in before]
    changed = write_pins(root, [*([] if new else [first]), *(f"{version}/{name}" for version in later)])
    lines = [f"steps/pins.diff is updated: {', '.join(changed)}" if changed else "steps/pins.diff is as before"]
    return "\n".join([*lines, *(_doubt(root, first, new[0]) if new else ())])


def _doubt(root: Path, first: str, line: str) -> list[str]:
    """Say that the version before still has a line."""
    files = [folder / first.partition("/")[2] for folder in folders(root)]
    origin = next(file for file in files if file.is_file() and line in file.read_text(encoding="utf-8").splitlines())
    return [
        f"but the version before {first} still has lines that you changed, such as: {line.strip()}",
        f"  if they should change there too: make the same edit in {_name(origin)}, and carry that",
        "  if not: goqueue carry --pin; list the file in steps/steps.toml if the step did not change it before",
    ]


def _dropped(pins: Mapping[str, list[str]], key: str) -> list[str]:
    return [line[1:] for line in pins.get(key, ()) if line.startswith("-")]


def _compile(problem: str, content: bytes) -> None:
    try:
        compile(content.decode(), "<file>", "exec")
    except (SyntaxError, ValueError) as err:
        raise LookupError(f"{problem}: {err}; nothing was changed") from None


def _name(file: Path) -> str:
    return "/".join(file.resolve().parts[-3:])


def _in_words(step: Step) -> str:
    places = ", ".join(conflict.partition(":")[0] for conflict in step.conflicts)
    return f"  {_name(step.file)}: {step.outcome}" + (f" ({places})" if places else "")
