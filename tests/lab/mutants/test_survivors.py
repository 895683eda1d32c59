"""Each mutant that survived once is found by the promises and checks that were made for such: survivors.toml.

Only those judge, so this takes a moment, where the whole census takes minutes.
"""

import tomllib
from pathlib import Path
from typing import Any

from goqueue.lab.mutants.judge import judge_share
from goqueue.lab.mutants.subject import subject
from goqueue.lab.subprocesses import call_in_subprocess

GROUPS = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))["group"]
NAMES = list(dict.fromkeys(group["of"] for group in GROUPS))
SECONDS = 600.0  # on a busy machine


def question(name: str) -> dict[str, Any]:
    """Return the question for the judges of a version or an exercise."""
    groups = [group for group in GROUPS if group["of"] == name]
    found = []
    for group in groups:
        at = {one.key: number for number, one in enumerate(subject(name).mutants(group["file"]))}
        found += [[group["file"], at[key]] for key in group["mutants"]]
    return {"subject": name, "judges": list(dict.fromkeys(group["found_by"] for group in groups)), "mutants": found}


def judge_all(names: list[str]) -> dict[str, list[dict[str, str]]]:
    """Let all mutants be judged in one interpreter. This runs in a subprocess."""
    return {name: judge_share(question(name)) for name in names}


def test_what_survived_once_is_found_now() -> None:
    judged: dict[str, list[dict[str, str]]] = call_in_subprocess(f"{__name__}:judge_all", NAMES, seconds=SECONDS)
    for name in NAMES:
        asked = question(name)["mutants"]
        assert len(judged[name]) == len(asked) == len({tuple(one) for one in asked})
        assert [where for where, found in zip(asked, judged[name], strict=True) if not found["by"]] == [], name
