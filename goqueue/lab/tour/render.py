"""Writes chapters to a console, with rich. On a terminal there is colour and progress; in a pipe, plain text."""

import codecs
import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from typing import TextIO

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from goqueue.lab.tour.claims import Claim
from goqueue.lab.tour.stage import Chapter

WIDEST = 120  # columns: longer lines are hard to read
IN_ASCII = {"✓": "+", "✗": "x", "·": "|", "…": "...", "─": "-", "—": "-", "→": "->"}


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
        f"A shop with {orders} orders tells its partner of each by webhook, over HTTP on this machine, "
        "with one version of the queue after the other.\n"
        f"Each line is measured in this run: {mark(True)} it is so, {mark(False)} it is not.\n"
    )


def show_chapter(console: Console, chapter: Chapter) -> None:
    """Write all that is told of one version."""
    step, before = f"{chapter.step:02}", f"{chapter.step - 1:02}"
    console.rule(f"[bold]{step}  {escape(chapter.title)}[/bold]", align="left", characters="─")
    console.print(escape(chapter.adds))
    show_claims(console, f"What {before} got wrong", chapter.scene.before)
    show_claims(console, f"What {step} does", chapter.scene.now)
    show_claims(console, f"What {step} does not do", chapter.scene.still)
    show_claims(console, "Promises gained", chapter.gained, share=2)
    show_claims(console, "Promises lost", chapter.lost)
    if chapter.scene.timeline:
        console.print("\n[bold]One job[/bold] (seconds)")
        console.print(Padding(escape(chapter.scene.timeline), (0, 0, 0, 2)))
    console.print()


def show_claims(console: Console, heading: str, claims: Sequence[Claim], share: int = 1) -> None:
    """Write claims as a table, the sentences `share` times as wide as the figures; nothing if there are none."""
    if not claims:
        return
    table = Table(box=None, expand=True, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("", width=2)
    table.add_column(heading, ratio=share)
    table.add_column("in this run", ratio=1)
    for claim in claims:
        table.add_row(mark(claim.holds), escape(claim.text), escape(claim.measured))
    console.print()
    console.print(table)


def mark(holds: bool) -> str:
    """The sign of a claim, in rich's markup."""
    return "[green]✓[/green]" if holds else "[bold red]✗[/bold red]"


def show_summary(console: Console, told: Sequence[Chapter], seconds: float) -> None:
    """Write one row a version, and the verdict."""
    console.rule("[bold]The tour[/bold]", align="left", characters="─")
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("", "version", "claims that held", "promises gained", "lost", "seconds"):
        table.add_column(heading, justify="left" if heading in ("", "version") else "right")
    for chapter in told:
        held = sum(claim.holds for claim in chapter.claims)
        table.add_row(
            mark(chapter.holds),
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
        return f"{mark(True)} Each of {len(claims)} claims was checked in this run, and held. {seconds:.1f} s in all."
    return (
        f"{mark(False)} {wrong} of {len(claims)} claims did not hold in this run: see ✗ above. {seconds:.1f} s in all."
    )
