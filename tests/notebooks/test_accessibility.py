"""Every notebook can be read by ear, by keyboard, with any colour vision; each rule finds the breach it looks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from goqueue.lab.notebooks.canonical import nbformat
from tests.notebooks.accessibility import breaches, problems

v4 = nbformat().v4

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_for_everybody(path: Path) -> None:
    assert problems(nbformat().read(path, as_version=4)) == []


def html_table(cells: str, head: str = '<th scope="col">job</th>', rows: int = 1) -> str:
    return f"<table><tr>{head}</tr>{f'<tr>{cells}</tr>' * rows}</table>"


def tinted(colour: str, words: str) -> str:
    return f'<td style="background:{colour};color:#222222">{words}</td>'


PAPER = "background:#ffffff;color:"
GOOD = [
    '<img src="data:," alt="Two workers: job-1 takes 0.3 seconds, job-2 takes 0.1 seconds">',
    "<h1>12</h1><h2>Stop</h2><h3>Twice</h3><h2>Start</h2>",
    '<a href="11_locked_storage.html">11 Locked storage</a> <a id="here"></a>',
    '<button>Next</button><button aria-label="Next step">▶</button><details><summary>A hint</summary>Wait.</details>',
    '<label>Guess <input></label><label for="sure">Sure</label><select id="sure"></select>',
    '<textarea aria-label="Why"></textarea>',
    '<p tabindex="0">1</p><p tabindex="-1">2</p>',
    f'<p style="{PAPER}#222222">dark</p><div style="{PAPER}#222222"><p style="color:#0072b2">blue</p></div>',
    html_table(tinted("#d5eef7", "✓") + tinted("#f9d5b5", "✗")),
    f"<details><summary>Lines</summary>{html_table('<td>1</td>', rows=20)}</details>",
    f'<p style="{PAPER}#222222"><script>if (1 < 2) document.write("<img>");</script>said</p>',
]


def test_a_good_page_passes() -> None:
    assert [breach for html in GOOD for breach in breaches(html)] == []


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<img src="data:,">', "states no data"),
        ('<img src="data:," alt="A chart of some workers, and of when they are busy">', "states no data"),
        ("<h1>12</h1><h3>Stop</h3>", "'Stop' is of level 3, after one of level 1"),
        ("<h2>Stop</h2>", "'Stop' is of level 2, after one of level 0"),
        ("<h1>12</h1><h1>Stop</h1>", "'Stop' is a second title"),
        ('<a href="x.html">here</a>', "'here' does not say where it goes"),
        ('<a href="https://partner.example/">https://partner.example/</a>', "does not say where it goes"),
        ("<button></button>", "a <button> without text"),
        ("<details><summary> </summary>Wait.</details>", "a <summary> without text"),
        ("<details>Wait.</details>", "does not begin with a <summary>"),
        ("<input>", "a <input> without a label"),
        ('<label for="other">Sure</label><select id="sure"></select>', "a <select> without a label"),
        ('<p tabindex="1">1</p>', "a tabindex of 1"),
        (html_table("<td>1</td>", head="<td>job</td>"), "has no <th>"),
        (html_table("<td>1</td>", head="<th>job</th>"), "has a <th> without scope"),
        (html_table("<td>1</td>", rows=12), "is long and has no <caption>"),
        (f'<p style="{PAPER}#888888">grey</p>', "a contrast of 3.5, not 4.5"),
        ('<div style="background:#0072b2;color:#ffffff"><p style="color:#222222">blue</p></div>', "a contrast of 3.1"),
        ('<p style="color:#222222">dark</p>', "hard to read in the dark JupyterLab: a contrast of 1.2"),
        ('<p style="background:#e69f00cc">dark</p>', "hard to read in the dark JupyterLab: a contrast of"),
        (f'<p style="{PAPER}var(--ink)">dark</p>', "write all colours as #rrggbb"),
        (f'<p style="{PAPER}#c00000">red</p>', "neither of Okabe and Ito's"),
        (html_table('<td style="background:#d5eef7"></td>'), "says nothing: add a mark or a word"),
        (html_table(tinted("#d5eef7", "1") + tinted("#f9d5b5", "1")), "only the colour tells them apart"),
        (html_table(tinted("#d5eef7", "1") + tinted("#fbe3cf", "2")), "are equally light"),
    ],
)
def test_a_rule_finds_its_breach(html: str, words: str) -> None:
    assert [breach for breach in breaches(html) if words in breach], breaches(html)


def test_all_of_a_notebook_is_read() -> None:
    shown = v4.new_output("display_data", data={"text/plain": "1", "text/html": "<button></button>"})
    words = v4.new_markdown_cell("# 12\n\n[here](x.ipynb)\n\n| job |\n|---|\n| job-1 |")
    cells = [words, v4.new_code_cell("show()", outputs=[shown]), v4.new_markdown_cell("### Stop")]
    assert problems(v4.new_notebook(cells=cells)) == [
        "cell 1: the link 'here' does not say where it goes: name the page",
        "cell 2: a <button> without text: a screen reader has nothing to say",
        "the heading 'Stop' is of level 3, after one of level 1: skip none",
    ]
