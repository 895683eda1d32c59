"""All levels on one page, which needs no other file and asks nothing of any network: `goqueue play`.

    levels/*.toml ─> facts ─> levels.json, kept beside this file ─> one page

The facts take the engine some seconds for each level, so they are kept; a test compares them with new ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from goqueue.lab.playing.levels import levels
from goqueue.lab.playing.tree import Data
from goqueue.lab.playing.widget import SCRIPT, STYLE, as_script

KEPT = Path(__file__).with_name("levels.json")
PAGE, LOOK = (Path(__file__).with_name(f"page.{kind}").read_text("utf-8") for kind in ("js", "css"))

_HTML = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>You are the scheduler</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>You are the scheduler</h1>
<p>Each button lets one thread do its next step, of real Python code. You decide who goes on. {count} levels.</p>
<noscript><p>These levels need JavaScript. In Python, <code>goqueue.lab.play(model)</code> needs none.</p></noscript>
{links}</header>
<nav aria-label="Levels"><details id="list"><summary>All levels</summary><ol id="levels"></ol></details></nav>
<main id="level" tabindex="-1"></main>
<footer><p><code>run(Ann=…, Bob=…)</code> starts a thread for each function, and waits for them all. <code>Lock</code>,
<code>Event</code>, <code>sleep</code> and the like are Python's own. Time is virtual: the clock moves only when all
threads wait. A <em>preemption</em> stops a thread that could have gone on.</p></footer>
<script>
{script}
</script>
</body>
</html>
"""


@cache
def facts() -> list[Data]:
    """Return what is known of each level, in order."""
    found: list[Data] = json.loads(KEPT.read_text("utf-8"))
    return found


def keep(name: str = "") -> None:
    """Find the facts of all levels anew, or of one, and keep them."""
    old = {one["id"]: one for one in json.loads(KEPT.read_text("utf-8"))} if KEPT.exists() else {}
    found = [old[level.name] if name and name != level.name else level.facts() for level in levels()]
    lines = ",\n".join(json.dumps(one, separators=(",", ":"), ensure_ascii=False) for one in found)
    KEPT.write_text(f"[\n{lines}\n]\n", "utf-8")


def page(shown: Sequence[Data] | None = None, first: int = 1, links: str = "") -> str:
    """Return the page of levels as HTML. It begins with the level of a number, counted from 1.

    `links` is HTML for the end of its head: where else a reader may go.
    """
    given = facts() if shown is None else shown
    script = f"{SCRIPT}\n{PAGE}\ngoqueueLevels({as_script({'levels': list(given)})}.levels, {first - 1});"
    return _HTML.format(style=STYLE + LOOK, count=len(given), links=links, script=script)


def play_command(number: int | None, target: Path, opens: bool) -> int:
    """Write the page, and open it in a browser. Raises LookupError if there is no such level."""
    count = len(facts())
    if number is not None and not 1 <= number <= count:
        raise LookupError(f"there is no level {number}: they have the numbers 1 to {count}")
    target.write_text(page(first=number or 1), "utf-8")
    print(f"{count} levels are in {target}: open it in a browser")
    if opens:
        import webbrowser

        webbrowser.open(target.resolve().as_uri())
    return 0


if __name__ == "__main__":
    import sys

    keep(*sys.argv[1:2])
