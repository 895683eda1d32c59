"""constraints.txt pins what pyproject.toml asks for, and says nothing of where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
EXTRAS: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
PINS = (ROOT / "constraints.txt").read_text()


@pytest.mark.parametrize("wanted", sorted({line for lines in EXTRAS.values() for line in lines}))
def test_each_requirement_has_a_pin_that_satisfies_it(wanted: str) -> None:
    requirement = Requirement(wanted)
    pins = re.findall(rf"^{re.escape(requirement.name)}==(\S+)", PINS, re.MULTILINE)
    assert pins, f"{wanted} has no pin in constraints.txt: run the command in its first lines"
    assert all(requirement.specifier.contains(pin) for pin in pins), f"{wanted} is not what is pinned: {pins}"


def test_no_address_is_written_down() -> None:
    assert "://" not in PINS
    assert "-index" not in PINS
