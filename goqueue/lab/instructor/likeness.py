"""How alike what two learners handed in is, and how like the course's own version: a column, never a verdict.

Names, comments, docstrings and layout do not count: each program is reduced to the kinds of its tokens, and runs of
these are compared. Those that the course gave to everybody, the version of the step before, are left out. Two short
answers to one question are alike in any class, and so are two that began from the same notebook.
"""

import hashlib
import io
import keyword
import tokenize
from collections.abc import Mapping, Sequence

from ..versions.course import catalogue, entry

RUN = 12  # tokens
LONGEST = 200_000  # bytes of a file: nobody writes more, and reading it would take long
FEWEST = 20  # runs of one's own: with fewer, nothing can be said
_SKIPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def alike(step: int, works: Mapping[str, Mapping[str, bytes]]) -> dict[str, str]:
    """Return for each learner whom her work is most like, such as "84 % Bob; 12 % the course", or ""."""
    known = {learner: runs(files) for learner, files in works.items()}
    given: set[int] = set()
    for one in catalogue():
        if one.step < step:
            given |= runs(_course(one.step))
    own = {learner: found - given for learner, found in known.items()}
    course = runs(_course(step)) - given
    return {learner: _most_alike(learner, found, own, course) for learner, found in own.items()}


def _most_alike(learner: str, found: set[int], own: Mapping[str, set[int]], course: set[int]) -> str:
    if len(found) < FEWEST:
        return ""
    others = [(_share(found, other), name) for name, other in own.items() if name != learner and len(other) >= FEWEST]
    most, name = max(others, default=(0, ""))
    said = [f"{most} % {name}"] if most else []
    return "; ".join([*said, f"{_share(found, course)} % the course"])


def _share(one: set[int], other: set[int]) -> int:
    """Return how many percent of all runs of both are in both."""
    return round(100 * len(one & other) / (len(one | other) or 1))


def runs(files: Mapping[str, bytes]) -> set[int]:
    """Return what stands for each run of tokens in these Python files."""
    found: set[int] = set()
    for name, content in files.items():
        if name.endswith(".py") and len(content) <= LONGEST:
            kinds = _kinds(content)
            found.update(_word(kinds[at : at + RUN]) for at in range(len(kinds) - RUN + 1))
    return found


def _word(kinds: Sequence[str]) -> int:
    return int.from_bytes(hashlib.blake2b("\0".join(kinds).encode(), digest_size=8).digest(), "big")


def _kinds(content: bytes) -> list[str]:
    """Return the tokens of a program, each name and each text as one kind. Of one that is no Python, its beginning."""
    kinds: list[str] = []
    last = tokenize.NEWLINE
    try:
        for token in tokenize.tokenize(io.BytesIO(content).readline):
            docstring = token.type == tokenize.STRING and last in (tokenize.NEWLINE, tokenize.INDENT, tokenize.ENCODING)
            if token.type != tokenize.NL and token.type != tokenize.COMMENT:
                last = token.type
            if token.type in _SKIPPED or docstring:
                continue
            word = token.type == tokenize.NAME and not keyword.iskeyword(token.string)
            kinds.append("name" if word else "text" if token.type == tokenize.STRING else token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass
    return kinds


def _course(step: int) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in entry(step).path.glob("*.py")}
