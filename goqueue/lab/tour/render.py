"""Writes chapters to a console, with rich. On a terminal there is colour and progress; in a pipe, plain text."""

import codecs
import contextlib
import io
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from goqueue.lab.tour.claims import Claim
from goqueue.lab.tour.promises import FIRST
from goqueue.lab.tour.stage import Chapter

WIDEST = 120  # columns: longer lines are hard to read
IN_ASCII = {"✓": "+", "✗": "x", "·": "|", "…": "...", "─": "-", "–": "-", "→": "->"}
GOOD, BAD, NOT_SO = "[green]✓[/green]", "[red]✗[/red]", "[bold reverse red]![/bold reverse red]"


def make_console(file: TextIO) -> Console:
    """A console on `file`, which shows what its encoding can, and a stand-in for the rest."""
    if isinstance(file, io.TextIOWrapper):
        codecs.register_error("goqueue.in_ascii", _in_ascii)
        file.reconfigure(errors="goqueue.in_ascii")
    console = Console(file=file, highlight=False, emoji=False)
    console.width = min(console.width, WIDEST)
    return console


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "".join(IN_ASCII.get(char, "?") for char in error.object[error.start : error.end]), error.end


@contextlib.contextmanager
def progress_on(console: Console) -> Iterator[Callable[[str], None]]:
    """A spinner that says what is being done: on a terminal only."""
    if not console.is_terminal:
        yield lambda what: None
        return
    with console.status("") as status:
        yield lambda what: status.update(f"{escape(what)} …")


def show_opening(console: Console, orders: int) -> None:
    """Write what the tour is, and how to read it."""
    console.print(
        f"A shop tells its partner of {orders} orders by webhook, over HTTP on this machine,\n"
        "with one version of the queue after the other. Every figure is from this run.\n"
        f"{GOOD} right   {BAD} wrong   – cannot be tried yet   {NOT_SO} not so in this run"
    )


def show_chapter(console: Console, chapter: Chapter) -> None:
    """Write all that is told of one version."""
    step, before = f"{chapter.step:02}", f"{chapter.step - 1:02}"
    console.print()
    console.rule(f"[bold]{step}  {escape(chapter.title)}[/bold]", align="left", characters="─")
    console.print(escape(chapter.adds), end="\n\n")
    lines = Table.grid(padding=(0, 1))
    for version, mark, claims in (
        (before, BAD, chapter.scene.before),
        (step, GOOD, chapter.scene.now),
        (step, BAD, chapter.scene.wrong),
    ):
        for claim in claims:
            lines.add_row(f"  {version}", mark if claim.holds else NOT_SO, sentence(claim))
    console.print(lines)
    show_timeline(console, chapter.scene.timeline)
    show_promises(console, chapter)


def sentence(claim: Claim) -> str:
    """A scene's claim in words, its figures in colour."""
    return f"{'' if claim.holds else 'not so: '}{escape(claim.text)}: [cyan]{escape(claim.measured)}[/cyan]"


def show_timeline(console: Console, timeline: str) -> None:
    """Write it, with line breaks between its events only."""
    if timeline:
        glued = "\N{NO-BREAK SPACE}· ".join(event.replace(" ", "\N{NO-BREAK SPACE}") for event in timeline.split(" · "))
        lines = textwrap.wrap(glued, console.width - 2, initial_indent="  ", subsequent_indent="    ")
        console.print()
        for line in lines:
            console.print(escape(line.replace("\N{NO-BREAK SPACE}", " ")))


def show_promises(console: Console, chapter: Chapter) -> None:
    """Write a line for each promise gained or lost."""
    claims = chapter.gained + chapter.lost
    if not claims:
        return
    versions = f"{chapter.step - 1:02} → {chapter.step:02}" if chapter.step > FIRST else f"{chapter.step:02}"
    console.print(f"\n  Promises, {versions}")
    lines = Table.grid(padding=(0, 1))
    for claim in claims:
        tried = claim.measured.replace("✓", GOOD).replace("✗", BAD)
        lines.add_row(f"  {tried}", escape(claim.text) if claim.holds else f"{NOT_SO} not so: {escape(claim.text)}")
    console.print(lines)


def show_summary(console: Console, told: Sequence[Chapter], seconds: float) -> None:
    """Write one row a version, and the verdict."""
    console.print()
    console.rule("[bold]The tour[/bold]", align="left", characters="─")
    table = Table(box=None, pad_edge=False, header_style="", padding=(0, 2, 0, 0))
    for heading in ("", "version", "claims that held", "promises gained", "lost", "seconds"):
        table.add_column(heading, justify="left" if heading in ("", "version") else "right")
    for chapter in told:
        held = sum(claim.holds for claim in chapter.claims)
        table.add_row(
            GOOD if chapter.holds else NOT_SO,
            f"{chapter.step:02} {escape(chapter.title)}",
            f"{held} of {len(chapter.claims)}",
            str(len(chapter.gained)),
            str(len(chapter.lost)),
            f"{chapter.seconds:.1f}",
        )
    console.print(table)
    console.print()
    console.print(verdict(told, seconds))


def verdict(told: Sequence[Chapter], seconds: float) -> str:
    """The last line."""
    claims = [claim for chapter in told for claim in chapter.claims]
    wrong = sum(not claim.holds for claim in claims)
    if told and all(chapter.holds for chapter in told):
        return f"{GOOD} Each of {len(claims)} claims was checked in this run, and held. {seconds:.1f} s in all."
    return f"{NOT_SO} {wrong} of {len(claims)} claims did not hold in this run. {seconds:.1f} s in all."
