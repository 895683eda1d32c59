"""How long a notebook takes: an estimate from what is in it, so that the minutes in its head are no wish.

A learner reads the text at 130 words a minute (people read a text for pleasure at about 240; she stops to think), and
a line of code in eight seconds. She runs each cell, looks at it for ten seconds, and at each line that it shows for
one, up to twenty lines. A prediction takes a minute and a half, with its answer; a level takes three minutes; an
exercise takes the minutes of its file, and what stands in its cells is part of it; a task in the text takes three.
What is folded is for those who want more: it takes nothing.

The rates are a judgement, and no measurement of learners. They find a notebook that says half of what another one says
and has as much in it.
"""

import re
from typing import Any

from goqueue.lab.learn.exercises import exercises

WORDS_A_MINUTE = 130
SECONDS_A_LINE = 8
SECONDS_A_CELL = 10
SECONDS_A_LINE_SHOWN = 1
MOST_LINES_SHOWN = 20
SECONDS_A_PREDICTION = 90
SECONDS_A_LEVEL = SECONDS_A_TASK = 180
MOST_MINUTES = 90  # of one notebook


def said(notebook: Any) -> int | None:
    """Return how many minutes a notebook says it takes."""
    found = re.search(r"\*\*About (\d+) minutes\.\*\*", notebook["cells"][0]["source"])
    return int(found[1]) if found else None


def estimate(notebook: Any) -> float:
    """Return how many minutes a notebook takes."""
    return sum(map(_seconds, notebook["cells"])) / 60


def _seconds(cell: Any) -> float:
    text = cell["source"]
    if cell["cell_type"] == "markdown":
        shown = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
        tasks = len(re.findall(r"^(?:\*\*(?:Modify|Make|Investigate)\.\*\*|## Investigate$)", shown, re.MULTILINE))
        return 60 * len(shown.split()) / WORDS_A_MINUTE + SECONDS_A_TASK * tasks
    if asked := re.search(r'^exercise\("([\d.]+)"\)$', text, re.MULTILINE):
        return 60 * exercises()[asked[1]].minutes
    if _belongs_to_an_exercise(text):
        return 0
    if predictions := len(re.findall(r"^\w+ = predict\(", text, re.MULTILINE)):
        return SECONDS_A_PREDICTION * predictions
    level = SECONDS_A_LEVEL if re.search(r'^level\("\w+"\)$', text, re.MULTILINE) else 0
    lines = sum(map(bool, map(str.strip, text.splitlines())))
    return SECONDS_A_CELL + SECONDS_A_LINE * lines + level + SECONDS_A_LINE_SHOWN * _lines_shown(cell)


def _belongs_to_an_exercise(text: str) -> bool:
    starts = {exercise.start.strip() for exercise in exercises().values()} - {""}
    return any(map(text.strip().endswith, starts)) or bool(re.match(r'check\("\d+\.\d"', text))


def _lines_shown(cell: Any) -> int:
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell["outputs"]]
    return min(MOST_LINES_SHOWN, sum(len(text.splitlines()) for text in texts))
