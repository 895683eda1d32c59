"""`goqueue queue FILE ls | show | stats | top | retry | cancel | purge | check | backup`, and `goqueue worker`.

Exit status: 0 all is well, 1 something is wrong with the queue or could not be done, 2 it was called wrongly.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..context import Context
from ..errors import JobNotFound, StorageError
from ..job import FINAL, Job, Status
from ..queue import Queue
from ..storage.sqlite import SQLiteStorage, check
from . import actions, shown
from .worker import run

STATUSES = [status.value for status in Status]
ENDED = [status.value for status in Status if status in FINAL]
CLEAR = "\x1b[H\x1b[J"  # what a terminal takes for: begin at the top, on an empty page


def main_worker(arguments: Sequence[str]) -> int:
    """Run `goqueue worker`."""
    parser = argparse.ArgumentParser(
        prog="goqueue worker",
        description="Run the queue of a module until SIGTERM or Ctrl-C, then stop in order. A second signal ends the "
        "process at once. The status is 1 if a handler did not end in time.",
    )
    parser.add_argument("target", metavar="MODULE:QUEUE", help="such as shop:queue, in the current folder")
    parser.add_argument("--grace", type=float, help="seconds that running jobs have at a stop (default: 6)")
    parser.add_argument("--verbose", action="store_true", help="log each attempt")
    options = parser.parse_args(arguments)
    try:
        return run(options.target, options.grace, options.verbose)
    except (ValueError, StorageError) as err:
        print(f"goqueue worker: {err}", file=sys.stderr)
        return 2 if isinstance(err, ValueError) else 1


def main_queue(arguments: Sequence[str]) -> int:
    """Run `goqueue queue`."""
    options = queue_parser().parse_args(arguments)
    try:
        path = existing(options.file)
        if options.action == "check":  # the file is not opened as a queue, because that may be impossible
            return check_file(path, options)
        queue = Queue(storage=SQLiteStorage(path))
        try:
            return ACTIONS[options.action](queue, options)
        finally:
            queue.storage.close()
    except KeyboardInterrupt:  # the usual end of `top`
        return 0
    except (JobNotFound, ValueError, StorageError) as err:
        print(f"goqueue queue: {err.args[0] if isinstance(err, JobNotFound) else err}", file=sys.stderr)
        return 2 if isinstance(err, ValueError) else 1


def existing(given: str) -> Path:
    """Return the path of a queue's file. Raises ValueError if there is none: this command must not make one."""
    if given.startswith("memory:"):
        raise ValueError(f"{given!r} lives inside its own process: give the file of a queue, such as jobs.db")
    path = Path(given.removeprefix("sqlite:///"))
    if not path.is_file():
        raise ValueError(f"there is no file {str(path)!r}: give the file of a queue, such as jobs.db")
    return path


def queue_parser() -> argparse.ArgumentParser:
    """Return the parser of `goqueue queue`."""
    parser = argparse.ArgumentParser(prog="goqueue queue", description="Look at a queue's file, and mend.")
    parser.add_argument("file", metavar="FILE", help="the queue's file, such as jobs.db or sqlite:///jobs.db")
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
    add("stats", "how many jobs have each status, and how long the oldest waits")
    top = add("top", "the same, again and again, until Ctrl-C")
    top.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="(default: 1)")
    top.add_argument("--times", type=int, help="end after so many looks (default: never)")
    again = add("retry", "submit ended jobs anew, by their ids, or all that failed; the old ones are forgotten")
    again.add_argument("ids", nargs="*", metavar="ID")
    again.add_argument("--all", action="store_true", help="all failed jobs")
    again.add_argument("--type", help="with --all: only jobs of this type")
    add("cancel", "ask for the end of jobs").add_argument("ids", nargs="+", metavar="ID")
    purging = add("purge", "forget ended jobs")
    which(purging, ENDED, required=True)
    add("check", "say what is wrong with the file")
    add("backup", "make a copy that works, while others use the file").add_argument("copy", metavar="COPY")
    return parser


def which(parser: argparse.ArgumentParser, statuses: Sequence[str], required: bool = False) -> None:
    """Add the options that choose jobs."""
    parser.add_argument("--status", choices=statuses, required=required)
    parser.add_argument("--type", help="only jobs of this type")
    parser.add_argument("--older", type=float, metavar="SECONDS", help="only jobs that were submitted so long ago")


def say(options: argparse.Namespace, value: object, text: str) -> None:
    """Print a value, in the form that was asked for."""
    print(shown.as_json(value) if options.json else text)


def list_jobs(queue: Queue, options: argparse.Namespace) -> int:
    status = None if options.status is None else Status(options.status)
    jobs = queue.list_jobs(
        Context(),
        status=status,
        job_type=options.type,
        older_than=options.older,
        after=options.after,
        limit=options.limit,
    )
    if options.json:
        for job in jobs:
            print(shown.as_json(shown.facts(job)))
    else:
        print(shown.table(jobs))
    return 0


def show(queue: Queue, options: argparse.Namespace) -> int:
    job = queue.get_job(Context(), options.id)
    say(options, shown.facts(job), shown.page(job))
    return 0


def stats(queue: Queue, options: argparse.Namespace) -> int:
    found = shown.counted(queue.count(Context()), actions.oldest_pending(queue))
    say(options, found, shown.stats(found))
    return 0


def watch(queue: Queue, options: argparse.Namespace) -> int:
    if not options.every > 0:
        raise ValueError(f"--every is {options.every:g}: it must be more than 0 seconds")
    looks = 0
    while True:
        if sys.stdout.isatty() and not options.json:
            print(end=CLEAR)
        stats(queue, options)
        sys.stdout.flush()
        looks += 1
        if looks == options.times:
            return 0
        time.sleep(options.every)


def retry(queue: Queue, options: argparse.Namespace) -> int:
    if bool(options.ids) == options.all or (options.type is not None and not options.all):
        raise ValueError("retry takes ids, or --all, which may have a --type")
    # All are found first, so that a wrong id leaves nothing half-done.
    jobs = [queue.get_job(Context(), each) for each in options.ids]
    if options.all:
        jobs = list(actions.every(queue, Status.FAILED, options.type))
    for job in jobs:
        actions.check_ended(job)
    for job in jobs:
        new = queue.retry(Context(), job)
        say(options, {"old": job.id, "new": new.id}, f"{job.id} runs again as {new.id}")
    if not jobs:
        say(options, [], "no job has failed")
    return 0


def cancel(queue: Queue, options: argparse.Namespace) -> int:
    jobs: list[Job] = [queue.get_job(Context(), each) for each in options.ids]
    for job in jobs:
        found = queue.cancel(Context(), job)
        told = f"{found.id} is {found.status}"
        say(options, {"id": found.id, "status": found.status.value}, told if found.final else f"{told}, and was told")
    return 0


def purge(queue: Queue, options: argparse.Namespace) -> int:
    forgotten = actions.purge(queue, Status(options.status), options.type, options.older)
    say(options, {"forgotten": forgotten}, f"{forgotten:,} {options.status} jobs are forgotten")
    return 0


def check_file(path: Path, options: argparse.Namespace) -> int:
    damages = check(str(path))
    say(options, damages, "\n".join(damages) or f"{path}: all is well")
    return 1 if damages else 0


def backup(queue: Queue, options: argparse.Namespace) -> int:
    storage = queue.storage
    assert isinstance(storage, SQLiteStorage)
    storage.backup(options.copy)
    say(options, {"copy": options.copy}, f"{options.copy} is a copy")
    return 0


ACTIONS: dict[str, Callable[[Queue, argparse.Namespace], int]] = {
    "ls": list_jobs,
    "show": show,
    "stats": stats,
    "top": watch,
    "retry": retry,
    "cancel": cancel,
    "purge": purge,
    "backup": backup,
}
