"""The mutants that nobody needs to kill, each with its reason: equivalents.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Equivalent:
    """A mutant that does what the original does, or differs in something that no learner was asked for."""

    where: tuple[str, ...]  # the versions, or the exercise
    file: str
    key: str
    reason: str


@cache
def equivalents() -> tuple[Equivalent, ...]:
    """Return all of them."""
    rows = tomllib.loads(Path(__file__).with_name("equivalents.toml").read_text(encoding="utf-8"))
    return tuple(
        Equivalent(tuple(group["where"]), group["file"], key, group["reason"])
        for group in rows.get("group", [])
        for key in group["mutants"]
    )


@cache
def _reasons() -> dict[tuple[str, str, str], str]:
    return {(where, one.file, one.key): one.reason for one in equivalents() for where in one.where}


def reason_for(subject: str, file: str, key: str) -> str:
    """Return why a mutant needs no killer, or ''."""
    return _reasons().get((subject, file, key), "")
