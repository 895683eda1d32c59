"""What must follow a change of a version: promises, texts, notebooks, pictures, and the commands that refresh them.

A change removes numbers, names or messages from a file. Each line that still has one is listed. A number is too common
alone, so a line counts only if it, or one near it, also has a word of the changed lines.
"""

import difflib
import io
import json
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from keyword import kwlist
from pathlib import Path

_READ = (
    "These lines still say what you changed. Edit those that mean the same thing, and read around each: a number",
    'in words ("a minute") is not found, and the question of a prediction stands in a notebook and in a .toml:',
)
_SHOWN = 20  # lines of one file
_AROUND = 45  # characters that are shown on each side of what is gone
_NEAR = 4  # lines before and after
_TEXTS = ("steps/**/*.py", "steps/**/*.toml", "steps/*/README.md", "goqueue/lab/**/*.toml", "docs/**/*.md", "README.md")
_COMMON = {*kwlist, "float", "none", "only", "seconds", "self", "that", "there", "this", "with"}


@dataclass(frozen=True)
class Gone:
    """What a change removed: a pattern for each number, name and message, and the words of the changed lines."""

    patterns: tuple[str, ...]
    words: frozenset[str]

    def lines(self, text: str) -> list[tuple[int, str]]:
        """Return the lines of a text that have something that is gone: their numbers, from 1, and what is there."""
        if not self.patterns:
            return []
        lines, found = text.splitlines(), []
        there = re.compile(rf".{{0,{_AROUND}}}(?:{'|'.join(self.patterns)}).{{0,{_AROUND}}}")
        for number, line in enumerate(lines, 1):
            near = "\n".join(lines[max(0, number - 1 - _NEAR) : number + _NEAR])
            if (place := there.search(line)) and self.words & _words(near):
                found.append((number, place[0].strip()))
        return found


def gone(before: str, after: str) -> Gone:
    """Return what the change from one source to the other removed.

    >>> gone("MAX_BACKOFF = 60.0\\n", "MAX_BACKOFF = 30.0\\n").words
    frozenset({'backoff'})
    """
    old = before.splitlines()
    matcher = difflib.SequenceMatcher(None, old, after.splitlines(), autojunk=False)
    cut = [line for tag, i1, i2, _, _ in matcher.get_opcodes() if tag != "equal" for line in range(i1, i2)]
    text = "\n".join(old[line] for line in cut)
    functions = [name for line in cut for name in re.findall(r"def (\w+)", "\n".join(old[:line]))[-1:]]
    left = _tokens(after)
    values = dict.fromkeys(value for value in _tokens(before, cut) if value not in left)
    messages = {piece.strip() for piece in re.split(r"[\"'{}\n]", text)}
    patterns = [*map(_pattern, values), *(re.escape(one) for one in messages if len(one) >= 12 and one not in after)]
    return Gone(tuple(patterns), _words(" ".join([text, *functions])))


def follow_up(root: Path, file: Path, before: str, after: str) -> str:
    """Return what must follow a change of a version's file, in words."""
    taken, step = gone(before, after), file.parent.name[4:6]
    texts: list[str] = []
    for path in _later(root, step, _TEXTS):
        if path.name != file.name or not path.parent.name.startswith("step"):  # else it is another version's
            texts += _listed(f"{path.relative_to(root).as_posix()}:", taken.lines(path.read_text(encoding="utf-8")))
    notebooks: set[str] = set()
    for path in _later(root, step, ("notebooks/*.ipynb",)):
        sources, stale = _in_notebook(path, taken)
        texts += sources
        if sources or stale or step <= path.name[:2] <= "13":
            notebooks.add(re.sub(r"^(\d\d)b?_.*", r"\1", path.stem))
    pictures = any(taken.lines(path.read_text(encoding="utf-8")) for path in (root / "docs").glob("*.svg"))
    lines = ["", *_READ] if texts else []
    return "\n".join([*lines, *texts, "", "Then run, in this order:", *_commands(file.stem, notebooks, pictures)])


def _commands(module: str, notebooks: set[str], pictures: bool) -> list[str]:
    return [
        "  pytest tests/steps/test_versions.py tests/steps/test_promises.py",
        f"      the promises that need {module}: {', '.join(_promises(module)) or 'none alone'}",
        *([f"  goqueue notebooks {' '.join(sorted(notebooks))}"] if notebooks else []),
        *(["  python docs/make_pictures.py"] if pictures else []),
        "  python3 start.py test           # everything, before you hand it in",
    ]


def _promises(module: str) -> list[str]:
    """The promises that need a part of the module, or have a counterexample that replaces it."""
    from .trial import promises

    return [
        name
        for name, promise in promises().items()
        if any(need.split(".")[0] == module for need in promise.needs)
        or any(re.match(rf"step\d\d_{module}_", str(one)) for one in promise.counterexamples)
    ]


def _later(root: Path, step: str, patterns: Iterable[str]) -> list[Path]:
    """The files of these kinds, without those of an earlier step, which cannot mean the change."""
    found = [path for pattern in patterns for path in sorted(root.glob(pattern))]
    steps = [re.search(r"/(?:step)?(\d\d)", f"/{path.relative_to(root).as_posix()}") for path in found]
    return [path for path, own in zip(found, steps, strict=True) if own is None or own[1] >= step]


def _in_notebook(path: Path, taken: Gone) -> tuple[list[str], bool]:
    """Return the lines of its sources that have something gone, and whether an output has."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, TypeError, KeyError):
        return [], True  # it is broken, and `goqueue notebooks` will say how
    sources, stale = [], False
    for number, cell in enumerate(cells, 1):
        sources += _listed(f"notebooks/{path.name}, cell {number}, line ", taken.lines("".join(cell["source"])))
        shown = json.dumps(cell.get("outputs"), ensure_ascii=False, indent=1)
        stale = stale or bool(taken.lines(shown))
    return sources, stale


def _listed(name: str, found: list[tuple[int, str]]) -> list[str]:
    lines = [f"  {name}{number}: {line}" for number, line in found[:_SHOWN]]
    return lines + ([f"  {name}… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])


def _tokens(source: str, lines: Iterable[int] | None = None) -> list[str]:
    """The names and numbers of a source, or of these lines of it, counted from 0."""
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    kinds = (tokenize.NAME, tokenize.NUMBER)
    return [one.string for one in found if one.type in kinds and (lines is None or one.start[0] - 1 in lines)]


def _words(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[A-Za-z][a-z]{3,}|[A-Z]{4,}", text)) - _COMMON


def _pattern(value: str) -> str:
    """A pattern for a name or a number; of 60.0, for 60 too."""
    return rf"(?<!\w)(?<!\d\.){re.escape(value.removesuffix('.0'))}(?:\.0)?(?!\w|\.\d)"
