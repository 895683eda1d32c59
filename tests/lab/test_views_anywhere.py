"""The HTML of every view, whatever is written on it: it shows anywhere, everybody can read it, and it stays the same.

JupyterLab shows the HTML of an untrusted notebook without the tags, attributes and styles that its sanitiser
(@jupyterlab/apputils, sanitizer.ts) does not know, and gives no warning. The lists below are the part of its lists
that the views use. If you need more, look it up there, add it here, and look at the view in an untrusted notebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup

from goqueue.lab.learn.exercise_view import ExerciseView
from goqueue.lab.learn.exercises import Exercise
from goqueue.lab.learn.grading import Found, Graded
from goqueue.lab.learn.prediction import predict
from goqueue.lab.versions.diff import Diff, Part
from goqueue.lab.versions.matrix import Matrix
from goqueue.lab.versions.trial import BROKEN, ERROR, KEPT, NOT_YET, Result
from goqueue.lab.views import Attempt, Moment, Span, View, animation, curve, lanes, table, timeline
from goqueue.lab.views.document import bold, bullets, code, document, fold, line, paragraph
from goqueue.lab.views.stepper import side_by_side, stepper
from goqueue.races.report.trace import Step, Trace
from tests.notebooks.accessibility import breaches

TAGS = {"img", "details", "summary", "pre", "table", "caption", "thead", "tbody", "tr", "th", "td"}
TAGS |= {"div", "p", "ul", "li", "b", "em", "code", "span"}
ATTRIBUTES = {"img": {"src", "alt"}, "th": {"scope"}, "td": {"colspan"}, "details": {"open"}}  # besides these:
ANYWHERE = {"style", "class", "id", "title"}
# What the sanitiser takes out and nobody misses: scripts, what only a script reads, and a colour that JupyterLab needs
# nowhere (see style.py).
DISPENSABLE = {"<script>", "<div data-call>", "color:inherit"}
_COLOUR = "(#[0-9A-Fa-f]{6,8}|transparent)"
_LENGTH = r"(\d*\.?\d+(em|px|%)|0)"
STYLE = re.compile(
    rf"(background|color):{_COLOUR}|border(-left)?:\d+px solid {_COLOUR}|"
    rf"(margin|padding)(-left)?:{_LENGTH}( {_LENGTH})*|"
    rf"(font-size|((min|max)-)?(width|height)):{_LENGTH}|line-height:[\d.]+|text-align:(left|right|center)|"
    "font-weight:(bold|normal)|font-family:monospace|white-space:pre-wrap|word-break:normal|overflow-wrap:break-word|"
    "border-collapse:collapse|table-layout:fixed|vertical-align:top|display:inline-block|overflow:auto|list-style:none"
)


def run(name: str) -> Trace:
    before = Step(name, name, name, (name, "waits 1.25 s"), ((name, "2"),))
    return Trace((name, "Bob"), (before, Step("Bob", "b.py:2", "go()", (), ((name, name),), name)), name)


def exercise(name: str, kind: str = "parsons") -> Exercise:
    blocks = {"a": f"{name}\n  1.25", "b": "two"}
    return Exercise("12.9", name, kind, 2, f"1.25 `{name}`", (name,), "b a", name, name="x", blocks=blocks)


def results(name: str) -> list[Result]:
    said = {KEPT: "", BROKEN: f"{name}, 1.25 for 2", NOT_YET: f"it has no 1.25 {name}", ERROR: name}
    return [Result(str(at), "no_handler", outcome, message) for at, (outcome, message) in enumerate(said.items())]


VIEWS: dict[str, Callable[[str], View]] = {
    "lanes": lambda name: lanes([Span(name, 0, 1.25, name), Span("worker-2", 0, 2, "job-2", "wait")], title=name),
    "timeline": lambda name: timeline(
        [Attempt(name, 1, 0, 1.25, "failed"), Attempt(name, 2, 2.5, 3, "completed")], title=name
    ),
    "curve": lambda name: curve({name: [(0, 1.25), (1, 2.5)]}, name, f"{name} in hundredths of a second", name),
    "table": lambda name: table([name, "jobs"], [[name, 1.25], *[["worker-2", 2]] * 20], title=name),
    "document": lambda name: View(
        *document(bold(name), line(name), paragraph("1.25, 2"), code(name), fold(name, bullets([line(name)])), box="")
    ),
    "animation": lambda name: animation([Moment(1.25, {name: [name]}, name), Moment(2, {name: []})], title=name),
    "stepper": lambda name: stepper(run(name), name),
    "side by side": lambda name: side_by_side(run(name), run("Ann"), (name, "Another")),
    "exercise": lambda name: ExerciseView(exercise(name)),
    "prediction": lambda name: predict(name, choices=[name, 1.25, 2], answer=name),
    "revealed": lambda name: predict(name, choices=[f"{name} 2", 1.25], answer="a").reveal(1.25),
    "graded": lambda name: Graded(
        exercise(name), (Found("", ERROR, f"{name} 1.25 2", name, VIEWS["stepper"](name).html),)
    ),
    "matrix": lambda name: Matrix(results(name)),
    "diff": lambda name: Diff([name], [Part(name, (name,), (name, "2"), (name, "1.25"))], side_by_side=True),
    "new file": lambda name: Diff([name], [Part(name, (name,), (), ("2", "1.25", name))], side_by_side=False),
}
HOSTILE = '"></p></pre></details></td></script><svg onload="x"><b style="position:fixed"> & \' $\\nonsense{$'


def lost(html: str) -> list[str]:
    """What JupyterLab's sanitiser would take out of a page."""
    found = []
    for tag in BeautifulSoup(html, "html.parser").select("*"):
        found += [f"<{tag.name}>"] if tag.name not in TAGS else []
        for name, value in tag.attrs.items():
            if name not in ATTRIBUTES.get(tag.name, set()) | ANYWHERE:
                found.append(f"<{tag.name} {name}>")
            elif name == "src" and not re.match("data:image/(svg|png)", str(value)):
                found.append(f"<{tag.name} src={value}>")
        found += [rule for rule in str(tag.get("style", "")).split(";") if rule and not STYLE.fullmatch(rule)]
    return [one for one in found if one not in DISPENSABLE]


@pytest.mark.parametrize("kind", VIEWS)
def test_it_shows_anywhere_and_everybody_can_read_it_and_a_name_cannot_become_markup(kind: str) -> None:
    view, plain = VIEWS[kind](HOSTILE), VIEWS[kind]("worker-1").html
    page = BeautifulSoup(view.html, "html.parser")
    tags = [tag.name for tag in page.select("*")]
    assert tags == [tag.name for tag in BeautifulSoup(plain, "html.parser").select("*")]
    assert lost(plain) == lost(view.html) == []
    assert breaches(plain) == [], "in a light theme and in a dark one"
    assert HOSTILE in page.get_text()
    assert not any("onload" in script.get_text() for script in page.select("script"))
    assert HOSTILE in " ".join(view.text.split())
    assert {"1.25", "2"} <= set(re.findall(r"\d+(?:\.\d+)?", view.text)), "the text says every number"


@pytest.mark.parametrize("kind", VIEWS)
def test_the_same_data_give_the_same_bytes_and_other_data_others(kind: str) -> None:
    first, again, other = (VIEWS[kind](name) for name in ("worker-1", "worker-1", "worker-3"))
    assert (first.text, first.html) == (again.text, again.html)
    assert first.text != other.text
    assert first.html != other.html


@pytest.mark.parametrize(
    ("html", "taken"),
    [
        ("<svg></svg>", "<svg>"),
        ('<pre onclick="x">1</pre>', "<pre onclick>"),
        ('<pre style="position:fixed">1</pre>', "position:fixed"),
        ('<pre style="color:var(--ink)">1</pre>', "color:var(--ink)"),
        ('<img src="https://partner.example/x.png" alt="x">', "<img src=https://partner.example/x.png>"),
    ],
)
def test_this_sanitiser_finds_what_it_is_there_to_find(html: str, taken: str) -> None:
    assert lost(html) == [taken]
