"""The tour in words: the best first, then each chapter. Without a terminal, or with NO_COLOR, it is plain text."""

import contextlib
import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from goqueue.lab.tour.claims import Chapter, Claim

IN_ASCII = str.maketrans({"✓": "+", "✗": "x", "·": "|", "…": "...", "–": "-", "→": "->"})
COLOURS = {"✓": "\x1b[32m✓\x1b[0m", "✗": "\x1b[31m✗\x1b[0m", "!": "\x1b[1;31m!\x1b[0m"}
WIDEST = 120  # columns: longer lines are hard to read
GLUE = "\N{NO-BREAK SPACE}"


def is_terminal(file: TextIO) -> bool:
    """Whether it shows colours, and its reader wants them."""
    if os.name == "nt":
        os.system("")  # older consoles of Windows then understand control sequences
    return file.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextlib.contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Say on a terminal what is being measured, on a line that is gone afterwards."""
    if not is_terminal(sys.stderr):
        yield lambda what: None
        return
    try:
        yield lambda what: print(f"\r\x1b[K{what} …", end="", file=sys.stderr, flush=True)
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def write(told: Sequence[Chapter], orders: int, seconds: float, full: bool) -> None:
    """Write the tour to stdout: with colours on a terminal, with ASCII where the encoding lacks our signs."""
    text = "\n".join(lines(told, orders, seconds, min(shutil.get_terminal_size().columns, WIDEST), full))
    if is_terminal(sys.stdout):
        text = "\n".join(coloured(line) for line in text.split("\n"))
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = text.translate(IN_ASCII).encode("ascii", "replace").decode()
    print(text)


def coloured(line: str) -> str:
    """A heading in bold, or the line with its marks in colour."""
    if line[:1].isdigit():
        return f"\x1b[1m{line}\x1b[0m"
    return "".join(COLOURS.get(char, char) for char in line[:7]) + line[7:]


def lines(told: Sequence[Chapter], orders: int, seconds: float, width: int, full: bool) -> Iterator[str]:
    """Yield the best first, then each chapter, the verdict, and what to do next."""
    if best := ", and ".join(chapter.scene.best for chapter in told if chapter.scene.best and chapter.holds):
        yield from (*textwrap.wrap(f"{best}.", width), "")
    opening = f"A shop sent its partner {orders} orders by webhook, over HTTP on this machine, with each version of the"
    opening += (
        " queue. A line names the version, and says what was right ✓ or wrong ✗; every figure is from this run. A"
    )
    yield from textwrap.wrap(f"{opening} promise is one sentence that a small program checks.", width)
    for chapter in told:
        yield from ("", *chapter_lines(chapter, width, full))
    claims = [claim for chapter in told for claim in chapter.claims]
    wrong = sum(not claim.holds for claim in claims)
    verdict = f"! {wrong} of {len(claims)} claims did not hold in this run."
    if told and all(chapter.holds for chapter in told):
        verdict = f"✓ Each of {len(claims)} claims was checked in this run, and held."
    yield from ("", f"{verdict} {seconds:.1f} s in all.")
    yield "Now: python3 start.py lab     (the course, in JupyterLab)"
    if not full:
        yield "More of this: python3 start.py tour --all"


def chapter_lines(chapter: Chapter, width: int, full: bool) -> Iterator[str]:
    """Yield what is told of one version: in short its claims, in full also its promises and a timeline."""
    before, step, scene = f"{chapter.step - 1:02}", f"{chapter.step:02}", chapter.scene
    yield f"{step} {chapter.title}: {len(chapter.gained)} promises gained, {len(chapter.lost)} lost"
    if full:
        yield from (*textwrap.wrap(chapter.adds, width), "")
    for version, mark, claims in ((before, "✗", scene.before), (step, "✓", scene.now), (step, "✗", scene.wrong)):
        for claim in claims:
            yield from told_as(f"  {version} {mark}", claim, f": {claim.measured}", width)
    if full and scene.timeline:
        glued = scene.timeline.replace(" ", GLUE).replace(f"{GLUE}·{GLUE}", f"{GLUE}· ")
        yield from ("", *(line.replace(GLUE, " ") for line in textwrap.wrap(glued, width, subsequent_indent="  ")), "")
    for claim in chapter.gained + chapter.lost:
        if full or not claim.holds:
            yield from told_as(f"  {claim.measured}", claim, "", width)


def told_as(head: str, claim: Claim, figures: str, width: int) -> list[str]:
    """One claim after its mark."""
    text = f"{head} {claim.text}{figures}" if claim.holds else f"{head[:-1]}! not so: {claim.text}{figures}"
    return textwrap.wrap(text, width, subsequent_indent=" " * (len(head) + 1))
