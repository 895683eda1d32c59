"""`goqueue tour`: every version, in order, on real work.

Real work is webhook deliveries over HTTP to a partner on this machine (`goqueue.lab.partner`).

    chapters ── plays ──> scenes.py, which measures days in the shop (shop.py), and returns claims (py)
             ── tries ──> the promises that each version gains and loses
    render.py ── writes ─> the best line first, then the chapters

The exit status is 0 only if every claim was checked in this run, and held.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from goqueue.lab.tour import render
from goqueue.lab.tour.claims import FIRST, Chapter, Claim, Scene, promise_claims, try_promises
from goqueue.lab.tour.scenes import SCENES
from goqueue.lab.versions import catalogue, load

ORDERS = 200
FEWEST = 16  # so that a partner who refuses each 8th order refuses two


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tour and return its exit status: 0 all claims held, 1 one did not, 2 it could not start, 130 Ctrl-C."""
    try:
        arguments = parse(argv)
        return tell(arguments.steps, arguments.orders, arguments.all)
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped before its end: nothing is claimed", file=sys.stderr)
        return 130


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line. A version that is named is told in full."""
    parser = argparse.ArgumentParser(
        prog="goqueue tour", description="Show every version, in order, on real work: webhooks to a partner."
    )
    parser.add_argument("steps", nargs="*", type=int, metavar="STEP", help="only these versions, such as 12, in full")
    parser.add_argument("--orders", type=int, default=ORDERS, help=f"how many orders the shop has (default {ORDERS})")
    parser.add_argument("-v", "--all", action="store_true", help="also each promise, and one order's way through")
    arguments = parser.parse_args(argv)
    known = [entry.step for entry in catalogue()]
    for step in arguments.steps:
        if step not in known:
            parser.error(f"no version {step}: there are {', '.join(map(str, known))}")
    if arguments.orders < FEWEST:
        parser.error(
            f"--orders {arguments.orders}: it must be {FEWEST} or more, or the partner refuses too few to show"
        )
    arguments.all = arguments.all or bool(arguments.steps)
    arguments.steps = sorted(set(arguments.steps)) or known
    return arguments


def tell(steps: Sequence[int], orders: int, full: bool) -> int:
    """Play the steps, write what they showed, and return 0 if every claim held, else 1."""
    start = time.monotonic()
    with render.progress() as begins:
        told = list(chapters(steps, orders, begins))
    render.write(told, orders, time.monotonic() - start, full)
    return 0 if told and all(chapter.holds for chapter in told) else 1


def chapters(steps: Sequence[int], orders: int, begins: Callable[[str], None]) -> Iterator[Chapter]:
    """Try the promises, then play each step's scene with `orders` orders. `begins` hears what begins."""
    begins("trying the promises of each version")
    results = try_promises(steps)
    for entry in catalogue():
        if entry.step in steps:
            begins(f"{entry.step:02} {entry.title}")
            # 08 has no version before it: it gets itself, and does not look.
            scene = play(entry.step, max(entry.step - 1, FIRST), entry.step, orders)
            gained, lost = promise_claims(entry.step, results)
            yield Chapter(entry.step, entry.title, entry.adds, scene, gained, lost)


def play(step: int, before: int | str, now: int | str, orders: int) -> Scene:
    """Play one scene on fresh copies of two versions, as `load` names them. One that raises is a claim that fails."""
    try:
        return SCENES[step](load(before), load(now), orders)
    except Exception as error:  # whatever a broken version does, the tour says so and goes on
        return Scene(now=(Claim("The scene could be played to its end", f"{type(error).__name__}: {error}", False),))
