"""What must follow a change of a version: promises, texts, notebooks, pictures, and the commands that refresh them.

A change removes numbers, names or messages from a file. Each place that still has them is listed. A number or a name
is too common alone, so it counts only near a name, or near two other words, of the changed lines.
"""

import ast
import difflib
import io
import json
import keyword
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

_SHOWN = 8  # lines of one file
_WIDE = 90  # characters of a line that is shown
_NEAR = 4  # lines before and after
_TEXTS = (
    "steps/promises/*.py",
    "steps/step*/*.*",
    "steps/**/*.toml",
    "steps/counterexamples/*.py",
    "goqueue/lab/**/*.toml",
    "docs/**/*.md",
    "README.md",
)
_COMMON = {*keyword.kwlist, "float", "none", "only", "seconds", "self", "that", "there", "this", "with"}


@dataclass(frozen=True)
class Gone:
    """What a change removed: `fragments` of text count anywhere, `values` only near a name, or near two words."""

    values: tuple[str, ...]
    names: tuple[str, ...]
    words: tuple[str, ...]
    fragments: tuple[str, ...]

    def lines(self, text: str) -> list[tuple[int, str]]:
        """Return the lines of a text that have something that is gone: their numbers, and what stands there."""
        lines = text.splitlines()
        places = [(number, self._place(lines, number)) for number in range(len(lines))]
        return [(number, _around(lines[number], place)) for number, place in places if place >= 0]

    def _place(self, lines: list[str], number: int) -> int:
        """Where in a line something begins that is gone; -1 if nothing does."""
        near = "\n".join(lines[max(0, number - _NEAR) : number + _NEAR + 1]).lower()
        words = {*re.findall(r"[a-z]+", near)}.intersection(self.words)
        meant = len(words) > 1 or any(name in near for name in self.names)
        patterns = [*(self.values if meant else ()), *map(re.escape, self.fragments)]
        return min((found.start() for pattern in patterns if (found := re.search(pattern, lines[number]))), default=-1)


def gone(before: str, after: str) -> Gone:
    """Return what the change from one source to the other removed.

    >>> gone("MAX_BACKOFF = 60.0\\n", "MAX_BACKOFF = 30.0\\n").names
    ('backoff',)
    """
    old, new = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    parts = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    cut = [number for _, i1, i2, _, _ in parts for number in range(i1, i2)]
    text = "\n".join(old[number] for number in cut)
    values = [token for token in _tokens(before, cut) if not re.search(rf"\b{re.escape(token)}\b", after)]
    names = _words(" ".join([*_tokens(before, cut), *_functions(before, cut)]))
    pieces = {piece.strip() for piece in re.split(r"[\"'{}\n]", text)}
    return Gone(
        tuple(map(_pattern, dict.fromkeys(values))),
        names,
        _words(text),
        tuple(sorted(piece for piece in pieces if len(piece) >= 12 and piece not in after)),
    )


def follow_up(root: Path, file: Path, before: str, after: str) -> str:
    """Return what must follow a change of a version's file, in words."""
    taken = gone(before, after)
    texts = [mention for path in _texts(root, file) for mention in _in_text(root, path, taken)]
    stale = {path.stem for path in (root / "docs").glob("*.svg") if taken.lines(path.read_text(encoding="utf-8"))}
    notebooks: set[str] = set()
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        if _is_earlier(path.relative_to(root), file):
            continue
        sources, shows = _in_notebook(root, path, taken)
        texts += sources
        if sources or shows or file.parent.name[4:6] <= path.name[:2] <= "13":
            notebooks.add(re.sub(r"^(\d\d)_.*", r"\1", path.stem))
    lines = ["", "These lines still say what you changed. Edit those that mean the same thing:"] if texts else []
    return "\n".join([*lines, *texts, "", "Then run, in this order:", *_commands(root, file, notebooks, stale)])


def _commands(root: Path, file: Path, notebooks: set[str], stale: set[str]) -> list[str]:
    names = ", ".join(_promises(file.stem)) or "none alone"
    return [
        "  pytest tests/steps/test_versions.py tests/steps/test_promises.py",
        f"      the promises that need {file.stem}: {names}",
        *([f"  goqueue notebooks {' '.join(sorted(notebooks))}"] if notebooks else []),
        *(["  python docs/make_pictures.py"] if stale else []),
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


def _texts(root: Path, file: Path) -> list[Path]:
    """The files that may speak of it: not the same file of another version, and nothing of an earlier step."""
    found = dict.fromkeys(path for pattern in _TEXTS for path in sorted(root.glob(pattern)))
    same = {path for path in found if path.name == file.name and path.parent.name.startswith("step")}
    return [path for path in found if path not in same and not _is_earlier(path.relative_to(root), file)]


def _is_earlier(path: Path, file: Path) -> bool:
    step = re.search(r"/(?:step)?(\d\d)_?", path.as_posix())
    return step is not None and step[1] < file.parent.name[4:6]


def _in_text(root: Path, path: Path, taken: Gone) -> list[str]:
    found = taken.lines(path.read_text(encoding="utf-8"))
    return _listed(path.relative_to(root).as_posix(), [(number + 1, line) for number, line in found])


def _in_notebook(root: Path, path: Path, taken: Gone) -> tuple[list[str], bool]:
    """Return the lines of its sources that have something gone, and whether an output has."""
    raw = path.read_text(encoding="utf-8").splitlines()
    found: list[tuple[int, str]] = []
    shows = False
    try:
        cells = json.loads("\n".join(raw))["cells"]
    except (ValueError, TypeError, KeyError):
        return [], True  # it is broken, and `goqueue notebooks` will say how
    for cell in cells:
        source = "".join(cell["source"])
        for place, line in taken.lines(source):
            stored = json.dumps(source.splitlines()[place], ensure_ascii=False)[:-1]
            found.append((next((number for number, row in enumerate(raw, 1) if stored in row), 1), line))
        shows |= any(taken.lines(_shown(output)) for output in cell.get("outputs", ()))
    return _listed(path.relative_to(root).as_posix(), found), shows


def _shown(output: dict[str, object]) -> str:
    data = output.get("data")
    text = output.get("text") or (data.get("text/plain") if isinstance(data, dict) else None) or ()
    return "".join(text if isinstance(text, (list, str)) else ())


def _listed(name: str, found: list[tuple[int, str]]) -> list[str]:
    lines = [f"  {name}:{number}: {line}" for number, line in found[:_SHOWN]]
    return lines + ([f"  {name}: and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else [])


def _tokens(source: str, lines: list[int]) -> list[str]:
    """The names and numbers of these lines of a source."""
    kinds = (tokenize.NAME, tokenize.NUMBER)
    found = tokenize.generate_tokens(io.StringIO(source).readline)
    return [one.string for one in found if one.type in kinds and one.start[0] - 1 in lines]


def _functions(source: str, lines: list[int]) -> list[str]:
    """The names of the functions that these lines are in."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [
        node.name
        for node in nodes
        if any(node.lineno <= line + 1 <= (node.end_lineno or node.lineno) for line in lines)
    ]


def _words(text: str) -> tuple[str, ...]:
    return tuple(sorted({word.lower() for word in re.findall(r"[A-Za-z][a-z]{3,}|[A-Z]{4,}", text)} - _COMMON))


def _pattern(value: str) -> str:
    if not value[0].isdigit():
        return rf"(?<!\w){re.escape(value)}(?!\w)"
    number = re.fullmatch(r"(\d+)\.0", value)
    text = rf"{number[1]}(?:\.0)?" if number else re.escape(value)
    return rf"(?<![\w.]){text}(?!\w|\.\d)"


def _around(line: str, place: int) -> str:
    """A line or, if it is long, what stands around a place in it."""
    left = max(0, min(place - _WIDE // 2, len(line) - _WIDE))
    return ("…" if left else "") + line[left : left + _WIDE].strip() + ("…" if left + _WIDE < len(line) else "")
