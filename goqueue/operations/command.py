"""`goqueue queue FILE ls | show | stats | top | retry | cancel | delete | purge | pause | resume | check | backup`,
`goqueue queue copy FROM TO`, and `goqueue worker`.

Exit status: 0 all is well, 1 something is wrong with the queue or could not be done, 2 it was called wrongly.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ..context import Context
from ..dead_letters import check_ended
from ..errors import JobNotFound, StorageError
from ..job import Job, Status
from ..options import REDIS
from ..queue import Queue
from ..retry import check_seconds
from ..storage import Storage
from ..storage.commands import back_up_checked
from ..storage.sqlite import SQLiteStorage, check
from . import actions, shown
from .arguments import queue_parser, worker_parser
from .health import address_of
from .reload import run_reloading
from .state import state_of
from .top import watch
from .worker import run


def main_worker(arguments: Sequence[str]) -> int:
    """Run `goqueue worker`."""
    options = worker_parser().parse_args(arguments)
    try:
        check_target(options)
        if options.reload:
            left = [each for each in arguments if each != "--reload"]
            return run_reloading(left, Path.cwd(), lambda said: print(said, flush=True))
        return run(options.target, options.grace, options.verbose, options.health)
    except (ValueError, StorageError) as err:
        print(f"goqueue worker: {err}", file=sys.stderr)
        return 2 if isinstance(err, ValueError) else 1


def check_target(options: argparse.Namespace) -> None:
    """Raise ValueError for what no later version of the file could make right."""
    if options.target.count(":") != 1 or options.target.strip(":") != options.target:
        raise ValueError(f"{options.target!r} must be MODULE:QUEUE, such as shop:queue")
    if options.grace is not None:
        check_seconds(options.grace, "--grace")
    if options.health is not None:
        address_of(options.health)


def main_queue(arguments: Sequence[str]) -> int:
    """Run `goqueue queue`."""
    if arguments[:1] == ["copy"]:
        from .copying import main_copy  # it takes two addresses

        return main_copy(arguments[1:])
    options = queue_parser().parse_args(arguments)
    try:
        if options.action in OF_FILES:
            return OF_FILES[options.action](existing(options.file), options)
        queue = Queue(storage=opened(options.file))
        try:
            return ACTIONS[options.action](queue, options)
        finally:
            queue.storage.close()
    except KeyboardInterrupt:  # the usual end of `top`
        return 0
    except (JobNotFound, ValueError, ImportError, StorageError) as err:
        print(f"goqueue queue: {err.args[0] if isinstance(err, JobNotFound) else err}", file=sys.stderr)
        return 2 if isinstance(err, ValueError | ImportError) else 1


def opened(given: str) -> Storage:
    """Return the storage at an address. Raises ValueError if there is no file: this command must not make one."""
    if given.startswith(("postgresql://", "postgres://")):
        from ..storage import PostgresStorage  # it needs psycopg, and says so

        return PostgresStorage(given, create=False)
    if given.partition("://")[0] in REDIS:
        from ..storage import RedisStorage  # it needs redis-py, and says so

        return RedisStorage(given, create=False)
    return SQLiteStorage(existing(given))


def without_password(given: str) -> str:
    """Return an address as it may be printed.

    >>> without_password("redis://me:secret@queue.example/0"), without_password("sqlite:///jobs.db")
    ('redis://queue.example/0', 'jobs.db')
    """
    scheme, found, rest = given.removeprefix("sqlite:///").partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else scheme


def existing(given: str) -> Path:
    """Return the path of a queue's file. Raises ValueError if there is none: this command must not make one."""
    if given.startswith("memory:"):
        raise ValueError(f"{given!r} lives inside its own process: give the file of a queue, such as jobs.db")
    scheme, found, _ = given.partition("://")
    if found and scheme not in ("sqlite", "postgresql", "postgres", *REDIS):
        raise ValueError(
            f"{given!r} is no storage: it must be a file, such as jobs.db, or begin with postgresql:// or redis://"
        )
    if found and not given.startswith("sqlite:///"):
        raise ValueError(f"{given!r} is no file: this action is about files only; a server has its own tools for it")
    path = Path(given.removeprefix("sqlite:///"))
    if not path.is_file():
        raise ValueError(f"there is no file {str(path)!r}: give the file of a queue, such as jobs.db")
    return path


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
    found = shown.counted(state_of(queue.storage))
    say(options, found, shown.stats(found))
    return 0


def top(queue: Queue, options: argparse.Namespace) -> int:
    watch(queue, options.every, options.times, options.json)
    return 0


def retry(queue: Queue, options: argparse.Namespace) -> int:
    if bool(options.ids) == options.all or (options.type is not None and not options.all):
        raise ValueError("retry takes ids, or --all, which may have a --type")
    # All are found first, so that a wrong id leaves nothing half-done.
    jobs = [queue.get_job(Context(), each) for each in options.ids]
    if options.all:
        jobs = list(actions.every(queue, Status.FAILED, options.type))
    for job in jobs:
        check_ended(job)
    for job in jobs:
        new = queue.retry(Context(), job)
        say(options, {"old": job.id, "new": new.id}, f"{job.id} runs again as {new.id}")
    if not jobs:
        say(options, [], "no job has failed")
    return 0


def cancel(queue: Queue, options: argparse.Namespace) -> int:
    jobs: list[Job] = [queue.get_job(Context(), each) for each in options.ids]
    late = 0
    for job in jobs:
        found = queue.cancel(Context(), job)
        told = f"{found.id} is {found.status}"
        if found.status in (Status.COMPLETED, Status.FAILED):
            late += 1
            told = f"{told}: it had ended, and nothing was cancelled"
        say(options, {"id": found.id, "status": found.status.value}, told if found.final else f"{told}, and was told")
    return 1 if late else 0


def delete(queue: Queue, options: argparse.Namespace) -> int:
    jobs: list[Job] = [queue.get_job(Context(), each) for each in options.ids]
    for job in jobs:
        queue.delete(Context(), job)
        say(options, {"id": job.id, "deleted": True}, f"{job.id} is forgotten")
    return 0


def pause(queue: Queue, options: argparse.Namespace) -> int:
    """Pause types, or let them go on, and say which are paused now."""
    change = queue.pause if options.action == "pause" else queue.resume
    for job_type in options.types:
        change(Context(), job_type)
    found = sorted(queue.paused(Context()))
    say(options, {"paused": found}, f"paused: {', '.join(found) or 'none'}")
    return 0


def purge(queue: Queue, options: argparse.Namespace) -> int:
    forgotten = actions.purge(queue, Status(options.status), options.type, options.older)
    say(options, {"forgotten": forgotten}, f"{forgotten:,} {options.status} jobs are forgotten")
    return 0


def check_file(path: Path, options: argparse.Namespace) -> int:
    damages = check(str(path))
    say(options, damages, "\n".join(damages) or f"{path}: all is well")
    return 1 if damages else 0


def backup(path: Path, options: argparse.Namespace) -> int:
    if damages := back_up_checked(str(path), options.copy):
        print(f"goqueue queue: {path} is damaged, and is not copied: {'; '.join(damages)}", file=sys.stderr)
        return 1
    say(options, {"copy": options.copy}, f"{options.copy} is a copy")
    return 0


OF_FILES = {"check": check_file, "backup": backup}  # the file is not opened as a queue before, which may be impossible
ACTIONS: dict[str, Callable[[Queue, argparse.Namespace], int]] = {
    "ls": list_jobs,
    "show": show,
    "stats": stats,
    "top": top,
    "retry": retry,
    "cancel": cancel,
    "delete": delete,
    "purge": purge,
    "pause": pause,
    "resume": pause,
}
