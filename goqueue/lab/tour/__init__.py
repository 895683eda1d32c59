"""`goqueue tour`: every version, in order, on real work.

Real work is webhook deliveries over HTTP to a partner on this machine (`goqueue.lab.partner`).

    stage.py ── plays ──> scene08 … scene13, one file a version: measure, and return claims (claims.py)
             ── tries ──> the promises that each version gains and loses (promises.py)
    render.py <── chapters ── writes them, with rich

The exit status is 0 only if every claim was checked in this run, and held.
"""

import argparse
import importlib.util
import sys
import time
from collections.abc import Sequence

ORDERS = 200
FEWEST = 16  # so that a partner who refuses each 8th order refuses two


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tour and return its exit status: 0 all claims held, 1 one did not, 2 it could not start, 130 Ctrl-C."""
    if importlib.util.find_spec("rich") is None:
        print("the tour draws its tables with rich: pip install 'goqueue[tour]'", file=sys.stderr)
        return 2
    try:
        arguments = parse(argv)
        return tell(arguments.steps, arguments.orders)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped before its end: nothing is claimed", file=sys.stderr)
        return 130


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="goqueue tour", description="Show every version, in order, on real work: webhooks to a partner."
    )
    parser.add_argument(
        "steps", nargs="*", type=int, metavar="STEP", help="only these versions, such as 12 (default: all)"
    )
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"how many orders the shop has (default {ORDERS})")
    arguments = parser.parse_args(argv)
    known = steps_known()
    for step in arguments.steps:
        if step not in known:
            parser.error(f"no version {step}: there are {', '.join(map(str, known))}")
    if arguments.orders < FEWEST:
        parser.error(
            f"--orders {arguments.orders}: it must be {FEWEST} or more, or the partner refuses too few to show"
        )
    arguments.steps = sorted(set(arguments.steps)) or known
    return arguments


def steps_known() -> list[int]:
    """The versions there are."""
    from goqueue.lab.versions import catalogue

    return [entry.step for entry in catalogue()]


def tell(steps: Sequence[int], orders: int) -> int:
    """Play the steps, write each chapter as it ends, and return 0 if every claim held, else 1."""
    from goqueue.lab.tour.render import make_console, progress_on, show_chapter, show_opening, show_summary
    from goqueue.lab.tour.stage import chapters

    console, start, told = make_console(sys.stdout), time.monotonic(), []
    show_opening(console, orders)
    with progress_on(console) as progress:
        for chapter in chapters(steps, orders, progress):
            show_chapter(console, chapter)
            told.append(chapter)
    show_summary(console, told, time.monotonic() - start)
    return 0 if told and all(chapter.holds for chapter in told) else 1
