"""The replies to wrong predictions, from steps/predictions/*.toml, by their question."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from ..versions.course import course_root


@dataclass(frozen=True)
class Reply:
    """A sentence for each wrong choice of one question, the misconception behind it, and what refutes that."""

    question: str
    notebook: str  # 11_locked_storage
    to: Mapping[str, str] = field(default_factory=dict)
    misconception: str = ""
    refuted_by: str = ""  # a call of check(…) or explore(…), to be typed into the notebook


NO_REPLY = Reply("", "")


@cache
def replies() -> dict[str, Reply]:
    """Return all replies by their question. Raises ValueError if two have the same question."""
    found: dict[str, Reply] = {}
    for file in sorted((course_root() / "steps" / "predictions").glob("*.toml")):
        for row in tomllib.loads(file.read_text(encoding="utf-8")).get("prediction", []):
            if row["question"] in found:
                raise ValueError(
                    f"{file.name} asks {row['question']!r}, as another one does: a question must be unique"
                )
            found[row["question"]] = Reply(notebook=file.stem, **row)
    return found
