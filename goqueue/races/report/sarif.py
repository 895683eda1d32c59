"""Results as SARIF 2.1.0, which code hosts and editors show beside the source lines.

    a result that fails   a result of level "error": its message, its place, and the run as a code flow
    a data race           a result of level "warning" (of level "error" where it is the verdict), with both accesses

What passed is left out, because hosts show each result as a problem. A rule is a verdict. Paths are relative to the
folder where the program runs, which SARIF calls %SRCROOT%.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ..engine.words import FAILURES, Verdict
from .facts import Facts

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
RULES = {
    Verdict.FAILED_ASSERTION: "An assertion fails in some order of the threads.",
    Verdict.EXCEPTION: "A thread raises an exception in some order of the threads.",
    Verdict.DEADLOCK: "No thread can go on.",
    Verdict.LOST_WAKE_UP: "A thread waits for a notification that was given before it waited.",
    Verdict.LIVELOCK: "The threads run on and on, and come to no end.",
    Verdict.DATA_RACE: "Nothing orders two accesses to one location, at least one of which is a write.",
}
NAMES = list(RULES)


def as_sarif(found: Sequence[Facts]) -> str:
    """Return results, as `facts` returns them, as one run of SARIF."""
    rules = [
        {"id": rule_id(verdict), "name": name_of(verdict), "shortDescription": {"text": text}}
        for verdict, text in RULES.items()
    ]
    run = {
        "tool": {"driver": {"name": "goqueue", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [result for one in found for result in results_of(one)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def rule_id(verdict: str) -> str:
    """Return the name of a rule: "deadlock", "data-race"."""
    return verdict.replace(" ", "-")


def name_of(verdict: str) -> str:
    """Return the name of a rule as SARIF wants it for people: "DataRace"."""
    return "".join(word.capitalize() for word in verdict.replace("-", " ").split())


def results_of(one: Facts) -> Iterator[dict[str, Any]]:
    """Yield the failure and the races of one result."""
    if one["verdict"] in FAILURES:
        yield failure_of(one)
    level = "error" if one["verdict"] == Verdict.DATA_RACE else "warning"
    for race in one["races"]:
        yield race_of(one, race, level)


def failure_of(one: Facts) -> dict[str, Any]:
    """Return a failure. It is placed at the last step of the run that has a place, or where the model begins."""
    text = f"{one['name']}: {one['verdict']}\n{one['message']}".rstrip()
    result = start(one["verdict"], "error", text, one)
    placed = [step for step in one["steps"] if step["file"]]
    if placed:
        result["locations"] = [location(placed[-1])]
        flow = [
            {"location": location(step, said(step)), "executionOrder": number}
            for number, step in enumerate(one["steps"], 1)
            if step["file"]
        ]
        result["codeFlows"] = [{"message": {"text": "the run, step by step"}, "threadFlows": [{"locations": flow}]}]
    elif one["file"]:
        result["locations"] = [location(one)]
    return result


def race_of(one: Facts, race: Facts, level: str) -> dict[str, Any]:
    """Return a data race. It is placed at the later access; the other is related."""
    first, second = race["accesses"]
    text = (
        f"{one['name']}: data race on {race['location']}: {second['access']} by thread {second['thread']!r}, "
        f"{first['access']} by thread {first['thread']!r}, and nothing orders the two"
    )
    result = start(Verdict.DATA_RACE, level, text, one)
    if second["stack"]:
        result["locations"] = [location(second["stack"][0])]
    if first["stack"]:
        other = location(first["stack"][0], f"{first['access']} by thread {first['thread']!r}")
        result["relatedLocations"] = [{**other, "id": 1}]
    return result


def start(verdict: str, level: str, text: str, one: Facts) -> dict[str, Any]:
    """Return what all results have."""
    return {
        "ruleId": rule_id(verdict),
        "ruleIndex": NAMES.index(Verdict(verdict)),
        "level": level,
        "message": {"text": text},
        "properties": {"schedule": one["schedule"], "schedules": one["schedules"], "replay": one["replay"]},
    }


def location(place: Facts, text: str = "") -> dict[str, Any]:
    """Return a source line as SARIF names it."""
    found: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": artifact(place["file"]), "region": {"startLine": place["line"] or 1}}
    }
    return {**found, "message": {"text": text}} if text else found


def artifact(file: str) -> dict[str, str]:
    """Return a file as SARIF names it: a URI, relative to %SRCROOT% where that is possible.

    >>> artifact("shop/the stock.py")
    {'uri': 'shop/the%20stock.py', 'uriBaseId': '%SRCROOT%'}
    """
    if os.path.isabs(file):
        return {"uri": "file://" + quote(file if file.startswith("/") else f"/{file}", safe="/:")}
    return {"uri": quote(file), "uriBaseId": "%SRCROOT%"}


def said(step: Facts) -> str:
    """Return what a step does, in one line."""
    before = f"{step['preempted']} is preempted; " if step["preempted"] else ""
    return f"{before}{step['thread']}: {step['source']} ({'; '.join(step['what'])})"
