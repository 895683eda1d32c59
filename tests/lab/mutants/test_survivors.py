"""Each mutant that survived once is found by the promises and checks that were made for such: survivors.toml.

Only those judge, so this takes a moment, where the whole census takes minutes.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from goqueue.lab.mutants.census import fates
from goqueue.lab.mutants.subject import subject

GROUPS = tomllib.loads(Path(__file__).with_name("survivors.toml").read_text(encoding="utf-8"))["group"]


@pytest.mark.parametrize("name", dict.fromkeys(group["of"] for group in GROUPS))
def test_what_survived_once_is_found_now(name: str) -> None:
    groups: list[dict[str, Any]] = [group for group in GROUPS if group["of"] == name]
    keys = [f"{group['file']} | {key}" for group in groups for key in group["mutants"]]
    found = fates(subject(name), jobs=1, keys=keys, judges=list(dict.fromkeys(group["found_by"] for group in groups)))
    assert len(found) == len(keys), "each is still there"
    assert [fate.mutant.key for fate in found if not fate.by] == []
