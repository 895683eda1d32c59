"""What each step changes in the files that it shares with the step before, kept line for line in steps/pins.diff.

A step changes some files of the version before. These are expected to differ, so a fix that reaches one version and
not the next is hard to see. The pins say which lines are meant to differ. A file that a step adds has no pin.
"""

import difflib
from collections import Counter
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path

Pins = dict[str, list[str]]  # "step12_worker_pool/job.py" -> its difference from the step before

_HEAD = """\
# What each step changes in the files of the step before, line for line. `goqueue carry` writes this file, and a test
# compares it with the versions: a fix that reaches step 11 and not step 12 makes a difference that is not listed here.
"""
_MARK = "== "


def folders(root: Path) -> list[Path]:
    """Return the folders of the versions, in the order of the course; `root` is the folder that holds `steps`."""
    return sorted(path for path in (root / "steps").glob("step[0-9][0-9]_*") if path.is_dir())


def pins_file(root: Path) -> Path:
    """Return where the pins are kept."""
    return root / "steps" / "pins.diff"


def differences(root: Path) -> Pins:
    """Return what each step changes now."""
    found: Pins = {}
    for before, after in pairwise(folders(root)):
        for new in sorted(after.glob("*.py")):
            old = before / new.name
            lines = _difference(_lines(old), _lines(new)) if old.is_file() else []
            if lines:
                found[f"{after.name}/{new.name}"] = lines
    return found


def read_pins(root: Path) -> Pins:
    """Return the pins that are kept; none if there is no such file."""
    found: Pins = {}
    lines: list[str] = []
    file = pins_file(root)
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        if line.startswith(_MARK):
            lines = found.setdefault(line.removeprefix(_MARK), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def write_pins(root: Path, keys: Collection[str] | None = None) -> list[str]:
    """Pin how these files differ now (default: all files), and return the keys of the pins that changed."""
    kept, now = read_pins(root), differences(root)
    changed = [key for key in sorted({*kept, *now} if keys is None else keys) if kept.get(key) != now.get(key)]
    for key in changed:
        kept[key] = now.get(key, [])
    parts = ["\n".join(["", _MARK + key, *lines, ""]) for key, lines in sorted(kept.items()) if lines]
    if changed:
        pins_file(root).write_text(_HEAD + "".join(parts), encoding="utf-8", newline="\n")
    return changed


def unpinned(root: Path) -> list[str]:
    """Return a message for each file whose difference from the step before is not the one that is kept."""
    kept, now = read_pins(root), differences(root)
    before = {after.name: before.name for before, after in pairwise(folders(root))}
    return [
        _message(before[key.partition("/")[0]], key, Counter(kept.get(key, ())), Counter(now.get(key, ())))
        for key in sorted({*kept, *now})
        if kept.get(key) != now.get(key) and key.partition("/")[0] in before
    ]


def _message(before: str, key: str, kept: Counter[str], now: Counter[str]) -> str:
    after, _, name = key.partition("/")
    lines = [f"steps/{key} does not differ from steps/{before}/{name} in the lines that steps/pins.diff lists."]
    for mark, one, other in (("-", before[:6], after[:6]), ("+", after[:6], before[:6])):
        new = [line[1:] for line in (now - kept).elements() if line.startswith(mark)]
        gone = [line[1:] for line in (kept - now).elements() if line.startswith(mark)]
        lines += [f"  {one} has this line, {other} does not:  {line}" for line in new]
        lines += [f"  listed as a line of {one} only, which is not true any more:  {line}" for line in gone]
    own = all(line.startswith("+") for line in ((now - kept) + (kept - now)).elements())
    start = after if own else before  # whether only lines changed that the step adds, so that its file was edited
    return "\n".join(
        [
            *lines,
            f"  To take a change of {start[:6]} into the later versions: goqueue carry steps/{start}/{name}",
            "    (if it is committed: --base REVISION, the last revision without it)",
            f"  If {after[:6]} is meant to differ in these lines: goqueue carry --pin",
        ]
    )


def _difference(old: list[str], new: list[str]) -> list[str]:
    lines = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
    return ["@@" if line.startswith("@@") else line for line in lines]


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()
