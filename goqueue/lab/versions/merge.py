"""What git does for `goqueue carry`: a file as it was before a change, and a three-way merge.

`git merge-file` needs no library, and no repository; a checkout is needed only to know what was there before.
"""

import re
import shutil
import subprocess
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

_CONFLICT = re.compile(r"^<{7} .*\n((?:.*\n)*?)\|{7} (?:.*\n)*?>{7} .*\n?", re.MULTILINE)  # ours, base, theirs


@dataclass(frozen=True)
class Change:
    """A file before and after a change; `version` is the folder it is of."""

    version: str
    before: bytes
    after: bytes


def merge(ours: bytes, change: Change, version: str) -> tuple[bytes, list[str]]:
    """Return `ours` with the change, and a text for each place where it does not fit."""
    with tempfile.TemporaryDirectory() as place:
        names = {"ours": ours, "base": change.before, "theirs": change.after}
        for name, content in names.items():
            (Path(place) / name).write_bytes(content)
        labels = (version, f"{change.version}, before the change", f"{change.version}, changed")
        named = [part for label in labels for part in ("-L", label)]
        done = subprocess.run(
            ["git", "merge-file", "-p", "--diff3", *named, *names], cwd=place, capture_output=True, check=False
        )
    if done.returncode > 127:  # up to 127 it is the number of conflicts
        raise LookupError(f"git merge-file failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout, _conflicts(done.stdout.decode(errors="replace"), version) if done.returncode else []


def committed(file: Path, base: str) -> bytes | None:
    """Return a file as git has it at `base`, None if it has none. Raises LookupError without git, checkout or base."""
    if shutil.which("git") is None:
        raise LookupError("carry needs git, which is not installed: git holds the file as it was before your change")
    if not base:
        raise LookupError("--base is empty: name a revision, such as HEAD~1")
    inside = ["git", "-C", str(file.parent)]
    shown = subprocess.run([*inside, "cat-file", "--filters", f"{base}:./{file.name}"], capture_output=True)
    if not shown.returncode:
        return shown.stdout
    known = subprocess.run([*inside, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}"], capture_output=True)
    if known.returncode == 128:
        said = known.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
        raise LookupError(f"carry asks git what {file.name} was before your change, and git says: {said}")
    if known.returncode:
        raise LookupError(f"git knows no revision {base!r}: name one with --base, such as HEAD~1")
    return None


def _conflicts(text: str, version: str) -> list[str]:
    found = []
    for conflict in _CONFLICT.finditer(text):
        ours = _CONFLICT.sub(r"\1", text[: conflict.start()])  # the later version's file, up to here
        place = f"line {ours.count(chr(10)) + 1}: {version} has other lines here than those that were changed"
        found.append(f"{place}\n{textwrap.indent(conflict[0].rstrip(), '    ', lambda line: True)}")
    return found
