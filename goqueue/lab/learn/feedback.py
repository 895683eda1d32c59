"""What to say to a wrong prediction: steps/predictions/*.toml, by the question."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from ..versions.course import course_root


@dataclass(frozen=True)
class Reply:
    """What belongs to one question: a sentence for each wrong choice; what it is a sign of; what refutes it."""

    question: str
    notebook: str  # 11_locked_storage
    to: Mapping[str, str] = field(default_factory=dict)
    misconception: str = ""
    refuted_by: str = ""  # a call of check(…) or explore(…), as it may be typed into the notebook


NO_REPLY = Reply("", "")


@cache
def replies() -> dict[str, Reply]:
    """Return all replies by their question. Raises ValueError if two have the same one."""
    found: dict[str, Reply] = {}
    for file in sorted((course_root() / "steps" / "predictions").glob("*.toml")):
        for row in tomllib.loads(file.read_text(encoding="utf-8")).get("prediction", []):
            if row["question"] in found:
                raise ValueError(
                    f"{file.name} asks {row['question']!r}, as another one does: a question must be unique"
                )
            found[row["question"]] = Reply(notebook=file.stem, **row)
    return found
