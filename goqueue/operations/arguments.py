"""What `goqueue worker` and `goqueue queue` take."""

import argparse
from collections.abc import Sequence

from ..job import FINAL, Status

STATUSES = [status.value for status in Status]
ENDED = [status.value for status in Status if status in FINAL]


def worker_parser() -> argparse.ArgumentParser:
    """Return the parser of `goqueue worker`."""
    parser = argparse.ArgumentParser(
        prog="goqueue worker",
        allow_abbrev=False,  # --reload is taken out before the arguments go on to another process
        description="Run the queue of a module until SIGTERM or Ctrl-C, then stop in order. A second signal ends the "
        "process at once. The status is 1 if a handler did not end in time.",
    )
    parser.add_argument("target", metavar="MODULE:QUEUE", help="such as shop:queue, in the current folder")
    parser.add_argument("--grace", type=float, help="seconds that running jobs have at a stop (default: 6)")
    parser.add_argument("--verbose", action="store_true", help="log each attempt")
    parser.add_argument(
        "--health",
        metavar="[HOST:]PORT",
        help="answer GET /health and /metrics there; the host is 127.0.0.1 unless you say otherwise",
    )
    parser.add_argument(
        "--reload", action="store_true", help="for development: start anew when a .py file below this folder changes"
    )
    return parser


def queue_parser() -> argparse.ArgumentParser:
    """Return the parser of `goqueue queue`."""
    parser = argparse.ArgumentParser(
        prog="goqueue queue",
        description="Look at a queue, and mend.",
        epilog="`goqueue queue copy FROM TO` copies all jobs of one queue into another, which must be empty.",
    )
    parser.add_argument(
        "file", metavar="FILE", help="the queue's file, such as jobs.db, or its address, such as postgresql://host/shop"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, one value a line")
    commands = parser.add_subparsers(required=True, metavar="ACTION")

    def add(name: str, told: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=told)
        command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        command.set_defaults(action=name)
        return command

    listing = add("ls", "list jobs, oldest first")
    which(listing, STATUSES)
    listing.add_argument("--after", metavar="ID", help="only jobs that were submitted after this one")
    listing.add_argument("--limit", type=int, default=50, help="at most so many (default: 50)")
    add("show", "all that is known of a job, with its traceback").add_argument("id")
    add("stats", "how many jobs have each status and type, how many are due and since when, what is paused")
    top = add("top", "the same and what runs, again and again, until Ctrl-C; in colour if rich is installed")
    top.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="(default: 1)")
    top.add_argument("--times", type=int, help="end after so many looks (default: never)")
    again = add("retry", "submit ended jobs anew, by their ids, or all that failed; the old ones are forgotten")
    again.add_argument("ids", nargs="*", metavar="ID")
    again.add_argument("--all", action="store_true", help="all failed jobs")
    again.add_argument("--type", help="with --all: only jobs of this type")
    add("cancel", "ask for the end of jobs").add_argument("ids", nargs="+", metavar="ID")
    add("delete", "forget jobs that do not run, by their ids").add_argument("ids", nargs="+", metavar="ID")
    add("pause", "let no process begin jobs of these types").add_argument("types", nargs="+", metavar="TYPE")
    add("resume", "let jobs of these types begin again").add_argument("types", nargs="+", metavar="TYPE")
    purging = add("purge", "forget ended jobs")
    which(purging, ENDED, required=True)
    add("check", "say what is wrong with the file")
    copying = add("backup", "check the file, and make a copy that works, while others use it")
    copying.add_argument("copy", metavar="COPY")
    return parser


def which(parser: argparse.ArgumentParser, statuses: Sequence[str], required: bool = False) -> None:
    """Add the options that choose jobs."""
    parser.add_argument("--status", choices=statuses, required=required)
    parser.add_argument("--type", help="only jobs of this type")
    parser.add_argument("--older", type=float, metavar="SECONDS", help="only jobs that were submitted so long ago")
