"""quick.toml: which tests are left out of the README's test command, or of which only some cases run, for their length.

    pytest -n 2 --dist loadfile --junitxml=report.xml     a quick run, on a machine with nothing else to do
    python tests/quick.py report.xml                      of what took longer than LIMIT, let fewer cases be quick

Take lines away from quick.toml to let more be quick.
"""

import math
import sys
import tomllib
import xml.etree.ElementTree
from collections import defaultdict
from pathlib import Path

FILE = Path(__file__).with_name("quick.toml")
HEAD = "# So many cases of each of these tests are quick. `python tests/quick.py report.xml` wrote it.\n"
LIMIT = 1.5  # seconds for all quick cases of a test
KEPT = {  # whatever they take, at least one case is quick
    "lab/mutants/test_survivors.py::test_what_survived_once_is_found_now",
    "queue/crash/test_kill.py::test_there_was_a_storm",
    "queue/test_conformance.py::test_a_storage_keeps_its_promises",
    "queue/test_machine.py::test_a_storage_does_as_the_model_does",
    "lab/test_play.py::test_the_machine_proves_a_level",
    "lab/test_tour.py::test_the_whole_tour_holds_says_its_best_first_and_takes_60_lines",
    "setup/test_style.py::test_tool_finds_nothing",
}


def quick_cases() -> dict[str, int]:
    """Return the tests of quick.toml, such as `lab/test_tour.py::test_it`, and how many cases are quick."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {f"{file}::{name}": count for file, tests in told.items() for name, count in tests.items()}


def seconds_of(report: Path) -> dict[str, list[float]]:
    """Return how long the cases of each test took, as a report in JUnit's format has it. Notebooks are left out."""
    found: dict[str, list[float]] = defaultdict(list)
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        module, name = case.get("classname", ""), case.get("name", "").partition("[")[0]
        if module.startswith("tests."):
            found[f"{module.removeprefix('tests.').replace('.', '/')}.py::{name}"].append(float(case.get("time", 0)))
    return found


def fewer(seconds: list[float], is_kept: bool) -> int:
    """Return how many of the cases are to be quick, if these took so long.

    >>> fewer([1.0, 1.0, 1.0], is_kept=False), fewer([9.0], is_kept=False), fewer([9.0, 9.0], is_kept=True)
    (1, 0, 1)
    """
    if sum(seconds) <= LIMIT:
        return len(seconds)
    return max(math.floor(LIMIT * len(seconds) / sum(seconds)), int(is_kept))


def write(told: dict[str, int]) -> None:
    """Write quick.toml, by file and name."""
    files: dict[str, list[str]] = defaultdict(list)
    for name, every in sorted(told.items()):
        file, _, test = name.partition("::")
        files[file].append(f"{test} = {every}\n")
    text = "".join(f'\n["{file}"]\n{"".join(lines)}' for file, lines in files.items())
    FILE.write_text(HEAD + text, encoding="utf-8", newline="\n")


def main(report: Path) -> None:
    """Let fewer cases of what took long be quick."""
    told = quick_cases()
    for name, seconds in seconds_of(report).items():
        if (count := fewer(seconds, name in KEPT)) < len(seconds):
            told[name] = count
    write(told)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
