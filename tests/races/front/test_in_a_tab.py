"""In Pyodide, each litmus program has the verdict and the number of schedules that CPython 3.14 finds."""

from __future__ import annotations

import json

import pytest

from ..litmus import in_a_tab, reports
from ..litmus.programs import LITMUS

LIKE = "3.14"  # the CPython that Pyodide is


def test_the_record_has_every_program_with_the_verdict_written_beside_it() -> None:
    kept = {name: {form: row[0] for form, row in forms.items()} for name, forms in in_a_tab.recorded().items()}
    assert kept == {litmus.name: {"broken": litmus.verdict, "right": "exhausted"} for litmus in LITMUS}


def test_the_record_has_the_schedules_of_cpython() -> None:
    known = json.loads(reports.RECORD.read_text("utf-8"))
    for name, forms in in_a_tab.recorded().items():
        for form, (_, schedules, _) in forms.items():
            row = known[name][form].get(LIKE) or known[name][form]["all"]
            assert (name, form, schedules) == (name, form, row[0])


@pytest.mark.slow
def test_pyodide_finds_what_is_on_record() -> None:
    assert in_a_tab.found() == in_a_tab.recorded()
