"""Each promise, both ways: kept by the versions that declare it, broken by its counterexamples, kept by nobody else."""

from pathlib import Path

import pytest

import steps.counterexamples
from goqueue.lab.versions.trial import BROKEN, KEPT, NOT_YET
from steps.promises import PROMISES, STEPS
from tests.steps.outcomes import outcome

CELLS = [(step, name) for name in PROMISES for step in STEPS]
COUNTEREXAMPLES = [
    (counterexample, name) for name, promise in PROMISES.items() for counterexample in promise.counterexamples
]
FAULTY = sorted(file.stem for file in Path(steps.counterexamples.__path__[0]).glob("step*.py"))


@pytest.mark.parametrize("pair", CELLS, ids=lambda pair: f"{pair[0]:02}-{pair[1]}")
def test_a_version_keeps_just_the_promises_it_declares(pair: tuple[int, str]) -> None:
    step, name = pair
    expected = (KEPT,) if step in PROMISES[name].kept_by else (BROKEN, NOT_YET)
    found = outcome(step, name)
    assert found.outcome in expected, str(found)


@pytest.mark.parametrize("pair", COUNTEREXAMPLES, ids=lambda pair: f"{pair[1]}-by-{pair[0]}")
def test_a_counterexample_breaks_its_promise(pair: tuple[int | str, str]) -> None:
    # "not yet" proves nothing, and neither does an error: the promise itself must say what came back
    found = outcome(*pair)
    assert found.outcome == BROKEN, str(found)
    assert " came back, " in found.message


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_has_a_counterexample_and_a_sentence(name: str) -> None:
    assert PROMISES[name].counterexamples
    assert len(PROMISES[name].sentence) > 20


@pytest.mark.parametrize("name", FAULTY)
def test_each_faulty_module_is_a_counterexample(name: str) -> None:
    assert any(name in promise.counterexamples for promise in PROMISES.values())
