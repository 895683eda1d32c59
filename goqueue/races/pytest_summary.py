"""What `pytest --race` says at the end: a line for a test whose verdict claims little, a count, and files for programs.

With `-v` it has a line for each race test. Workers of pytest-xdist send their reports here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest


class Summary:
    """Collects what became of each race test."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._reports: list[tuple[pytest.TestReport, dict[str, Any]]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what became of a race test."""
        told = getattr(report, "race", None)
        if told is not None:
            self._reports.append((report, told))

    def pytest_sessionfinish(self) -> None:
        """Write the files that were asked for."""
        from .report.facts import as_json, save
        from .report.sarif import as_sarif

        told_of = [told["facts"] for _, told in self._reports if "facts" in told]
        found = sorted(told_of, key=lambda one: str(one["name"]))
        for option, write in (("race_json", as_json), ("race_sarif", as_sarif)):
            target = self._config.getoption(option)
            if target is not None:
                save(write(found), target)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the section "race tests", if there is anything to say."""
        lines = [*self._lines(), *self._count()]
        if lines:
            terminalreporter.section("race tests")
            for line in lines:
                terminalreporter.line(line)

    def _lines(self) -> list[str]:
        all_of_them = self._config.get_verbosity() >= 1
        return sorted(
            line_of(report.nodeid, told)
            for report, told in self._reports
            if "facts" in told and (all_of_them or (report.passed and claims_little(told["facts"])))
        )

    def _count(self) -> list[str]:
        if not self._config.getoption("race_all") or not self._reports:
            return []
        kinds = Counter(told["kind"] for _, told in self._reports)
        parts = [f"{kinds[kind]} {kind}" for kind in ("explored", "without threads", "not explored") if kinds[kind]]
        refused = sorted({f"{report.nodeid}: {told['why']}" for report, told in self._reports if "why" in told})
        return [", ".join(parts), *(f"not explored: {line}" for line in refused)]


def claims_little(told: dict[str, Any]) -> bool:
    """Whether a reader should know more than that the test passed."""
    return bool(told["remark"] or told["unwatched"]) or told["verdict"] in ("budget spent", "too long")


def line_of(name: str, told: dict[str, Any]) -> str:
    """Return the line of one test."""
    found = told["facts"]
    verdict = found["verdict"]
    if verdict == "exhausted" and found["unwatched"]:
        verdict += f", except: {', '.join(found['unwatched'])}"
    return f"{name}  {verdict}  {found['remark'] or told['tried']}"
