"""docs/performance.md and the README's marked figures: written from what the benchmark has measured.

In the README, `<!-- figure: in_memory | goqueue | run/s -->` stands before a number that is kept as the data file has
it; a fourth part, `| ThreadPoolExecutor`, makes it a ratio: how many times that contender's figure.
"""

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from goqueue.lab.benchmark_figures import Json, figure, figures, in_words, measured_on

PAGE = Path("docs/performance.md")
MARK = re.compile(r"(<!-- figure: (.+?) -->)\d+(?:,\d{3})*(?:\.\d+)?")
HEAD = """<!-- Do not edit. `python tests/benchmarks/run.py --page` makes it of goqueue/lab/benchmark_figures.json -->
# Performance

`python tests/benchmarks/run.py` measured all of this and wrote this page.
The peers come with `pip install -e '.[bench]'`. In each round every contender is measured once, in a process of its
own. A figure is the median of the rounds, with the least and the greatest in brackets. A job does nothing; a job's own
work comes on top. Ratios travel to other machines; the figures themselves do not.
"""


def write_pages(root: Path, texts: dict[str, str]) -> None:
    """Write the page, and the README's marked figures."""
    (root / PAGE).write_text("\n".join(page(texts)) + "\n", encoding="utf-8", newline="\n")
    readme = root / "README.md"
    readme.write_text(refreshed(readme.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


def refreshed(text: str) -> str:
    """Return a text with its marked figures as the data file has them."""
    return MARK.sub(lambda mark: mark[1] + figure(*mark[2].split(" | ")), text)


def page(texts: dict[str, str]) -> Iterator[str]:
    """Yield the lines of docs/performance.md. `texts` is what each comparison says of itself."""
    yield from HEAD.splitlines()
    yield from ("", *(f"- {key}: {value}" for key, value in measured_on().items()))
    for name, found in figures()["comparisons"].items():
        yield from section(texts[name], found)


def section(text: str, found: Json) -> Iterator[str]:
    """Yield what is said of one comparison."""
    title, _, text = text.strip().partition("\n\n")
    told = found["contenders"]
    names = list(dict.fromkeys(key for one in told.values() for key in one.get("figures", {})))
    yield from ("", f"## {title.rstrip('.')}", "", line("", *names, "how"), line(*["---"] * (len(names) + 2)))
    for name, one in told.items():
        if "figures" in one:
            yield line(name, *(cell(one["figures"].get(key)) for key in names), one["how"])
    when = f"load average {found['load']} at the start, on {found['date']}"
    yield from ("", f"Size {found['size']:,}, rounds {found['rounds']}, {when}.")
    for why in dict.fromkeys(one["missing"] for one in told.values() if "missing" in one):
        yield f"Not measured ({why}): {'; '.join(name for name, one in told.items() if one.get('missing') == why)}."
    yield from ("", textwrap.fill(" ".join(text.split()), 120, break_on_hyphens=False)) if text else ()
    if found["goals"]:
        yield from ("", line("goal", "measured ÷ goal or peer", "kept"), line(*["---"] * 3))
        for goal in found["goals"]:
            kept = {True: "yes", False: "**no**", None: "–"}[goal.get("kept")]
            yield line(goal["goal"], in_words(goal["ratio"]) if "ratio" in goal else "–", kept)


def line(*cells: str) -> str:
    """Return one line of a table."""
    return f"| {' | '.join(cells)} |"


def cell(found: Json | None) -> str:
    """Return the median, and the range if there is one."""
    if found is None:
        return "–"
    least, most = found.get("least"), found.get("most")
    return in_words(found["median"]) + ("" if least == most else f" ({in_words(least)} – {in_words(most)})")
