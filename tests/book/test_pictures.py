"""The pictures of the README are what its script draws, and their words state their data."""

from __future__ import annotations

import importlib
import re
import runpy
import sys
import xml.etree.ElementTree as Xml
from collections.abc import Sequence
from pathlib import Path

import pytest

from goqueue.lab import load
from goqueue.lab.versions.trial import BROKEN, KEPT, NOT_YET, Result
from steps.promises import PROMISES
from steps.promises.promise import Promise

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")
PICTURES = ("matrix.svg", "stepper.svg")
SVG = "{http://www.w3.org/2000/svg}"


def declared(pairs: Sequence[tuple[int, str]]) -> tuple[Result, ...]:
    """Say what the promises declare of each pair. tests/steps/test_promises.py proves that this is what one finds."""
    return tuple(Result(str(step), name, *outcome(step, PROMISES[name])) for step, name in pairs)


def outcome(step: int, promise: Promise) -> tuple[str, str]:
    """Return the outcome of a promise on a version, and its message, as declared."""
    if step in promise.kept_by:
        return KEPT, ""
    missing = promise.missing(load(step))
    return (NOT_YET, f"it has no {missing}") if missing else (BROKEN, "")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pictures, drawn now."""
    folder = tmp_path_factory.mktemp("pictures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.import_module("goqueue.lab.versions.matrix"), "check_many", declared)
        patch.setattr(sys, "argv", ["make_pictures.py", str(folder)])
        patch.syspath_prepend(DOCS)
        runpy.run_path(str(DOCS / "make_pictures.py"), run_name="__main__")
    return folder


def test_drawing_them_again_changes_no_byte(drawn: Path) -> None:
    assert tuple(sorted(path.name for path in drawn.iterdir())) == PICTURES
    changed = [name for name in PICTURES if (drawn / name).read_bytes() != (DOCS / name).read_bytes()]
    assert changed == [], "draw them again: python docs/make_pictures.py"


@pytest.mark.parametrize("name", PICTURES)
def test_the_readme_shows_it_and_says_what_it_says(name: str) -> None:
    title = Xml.parse(DOCS / name).findtext(f"{SVG}title")
    assert f"![{title}](docs/{name})" in README


def test_the_animation_says_each_step_of_the_readmes_example() -> None:
    said = " ".join("".join(Xml.parse(DOCS / "stepper.svg").getroot().itertext()).split())
    shown = (DOCS / "race_lab.md").read_text(encoding="utf-8").partition("$ python3 shop.py")[2].partition("```")[0]
    steps = re.findall(r"^ +((?:reads|writes|starts|joins) .*)", shown, re.MULTILINE)
    assert len(steps) > 5
    assert [step for step in steps if step not in said] == []
    assert "AssertionError: 9 == 8" in said


def test_whoever_wants_no_motion_sees_the_end_at_once() -> None:
    style = Xml.parse(DOCS / "stepper.svg").findtext(f"{SVG}style") or ""
    still, _, moving = style.partition("@media (prefers-reduced-motion: no-preference) {")
    assert "animation" not in still
    assert moving.count("animation:") == style.count("animation:") > 10
    hidden = set(re.findall(r"\.(\w+)", still))
    assert hidden == {f"now{step}" for step in range(6)} | {f"state{step}" for step in range(5)}


def test_a_picture_needs_no_network_and_no_script() -> None:
    for name in PICTURES:
        text = (DOCS / name).read_text(encoding="utf-8")
        assert re.findall(r"<script|href|url\(|@import|@font-face", text) == []
        assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
