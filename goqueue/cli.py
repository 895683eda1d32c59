"""The command line: `goqueue matrix`, `goqueue diff 11 12` … Each command is a thin wrapper over a function."""

import argparse
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from . import __version__

OF_DASHBOARD = ("starlette", "uvicorn", "jinja2")
OF_EXTRAS = ("ipykernel", "matplotlib", "nbclient", "nbformat", "readerwriterlock")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Return its exit status: 0 all is well, 1 something does not hold, 2 it was called wrongly."""
    try:
        return _run(sys.argv[1:] if argv is None else list(argv))
    except BrokenPipeError:  # as in `goqueue diff 11 12 | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModuleNotFoundError as err:
        if err.name in OF_DASHBOARD:
            print(f"goqueue: this needs {err.name}: pip install 'goqueue[dashboard]'", file=sys.stderr)
            return 2
        if err.name not in OF_EXTRAS:
            raise
        hint = "run `python3 start.py lab` once, or: pip install 'goqueue[lab]'"
        print(f"goqueue: this needs {err.name}, which is not installed; {hint}", file=sys.stderr)
        return 2
    except (LookupError, OSError) as err:
        said = str(err.args[0] if isinstance(err, LookupError) and err.args else err)
        if not said.strip() or isinstance(err, KeyError):  # a mistake in goqueue itself: say at least what it is
            said = f"{type(err).__name__}: {said or 'nothing more is known; please report it'}"
        print(f"goqueue: {said}", file=sys.stderr)
        return 2


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["tour"]:  # these read their own options
        from .lab.tour import main as tour

        return tour(arguments[1:])
    if arguments[:1] == ["race"]:
        from .races.command import main as race

        return race(arguments[1:])
    if arguments[:1] in (["queue"], ["worker"]):
        from .operations.command import main_queue, main_worker

        return (main_queue if arguments[0] == "queue" else main_worker)(arguments[1:])
    if arguments[:1] == ["dashboard"]:
        from .dashboard.command import main as dashboard

        return dashboard(arguments[1:])
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int | None] = options.command
    with _sigterm_unwinds():
        return command(options) or 0


@contextlib.contextmanager
def _sigterm_unwinds() -> Iterator[None]:
    """Let SIGTERM raise SystemExit, so that a command ends what it has started, as it does at Ctrl-C."""
    is_ours = threading.current_thread() is threading.main_thread()
    if not is_ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goqueue", description="The course, and the tools that show it.")
    parser.add_argument("--version", action="version", version=f"goqueue {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("tour", help="see every version at real work", add_help=False)
    commands.add_parser("race", help="run a function in every order of its threads that can matter", add_help=False)
    commands.add_parser("queue", help="look at a queue's file: ls, show, stats, retry, purge …", add_help=False)
    commands.add_parser("worker", help="run the queue of a module until a signal comes", add_help=False)
    commands.add_parser("dashboard", help="show a queue's file in a browser", add_help=False)

    matrix = commands.add_parser("matrix", help="which version keeps which promise, tried now")
    matrix.set_defaults(command=_matrix)

    check = commands.add_parser("check", help="try the promises on one version")
    check.add_argument("version", help="a step, such as 12, or a folder laid out like a version")
    check.add_argument("promises", nargs="*", help="names of promises (default: all)")
    check.add_argument("--step", help="the promises that this step keeps, in their order")
    check.set_defaults(command=_check)

    new = commands.add_parser("new", help="copy a version into a folder of your own, to build on")
    new.add_argument("folder", type=Path, help="such as my_queue")
    new.add_argument("--from", dest="step", default="8", help="which version (default: 8, the first)")
    new.set_defaults(command=_new)

    watch = commands.add_parser(
        "watch", help="at each save, try the promises on your folder; show the next one to keep"
    )
    watch.add_argument("folder", type=Path)
    watch.add_argument("--step", help="default: the step after the one it came from")
    watch.add_argument("--once", action="store_true", help="try them once, and end")
    watch.set_defaults(command=_watch)

    diff = commands.add_parser("diff", help="what changed from one version to another, and why")
    diff.add_argument("before", help="a step, such as 12, or goqueue, the finished queue")
    diff.add_argument("after")
    diff.add_argument("file", nargs="?", help="only this file, such as storage.py")
    diff.add_argument("--side-by-side", action="store_true", help="in two columns")
    diff.set_defaults(command=_diff)

    carry = commands.add_parser(
        "carry",
        help="take a change of a version's file forward into each later version",
        description="Merges what you changed in FILE since the revision --base into the same file of each later "
        "version, says where that is not possible, and names what else must be changed. If one merge fails, no file is "
        "written. The status is 0 if all is carried, 1 if not, 2 if the command was called wrongly.",
    )
    carry.add_argument("files", nargs="*", metavar="FILE", help="such as steps/step10_retry_fields/job.py")
    carry.add_argument("--base", default="HEAD", help="the git revision before the change (default: HEAD)")
    carry.add_argument("--pin", action="store_true", help="accept how the versions differ now, as meant")
    carry.set_defaults(command=_carry)

    show = commands.add_parser("show", help="one version on one page, or one of its files")
    show.add_argument("version", help="a step, or goqueue, or the name of a counterexample in steps/counterexamples/")
    show.add_argument("file", nargs="?")
    show.set_defaults(command=_show)

    compare = commands.add_parser("compare", help="two versions, or two learners' folders, side by side")
    compare.add_argument("before", help="a step, such as 10, or a folder laid out like a version")
    compare.add_argument("after")
    compare.add_argument("--step", help="only the promises of this step")
    compare.add_argument("--speed", action="store_true", help="measure both; takes some seconds")
    compare.add_argument("--html", type=Path, metavar="FILE", help="write a page that needs no other file")
    compare.set_defaults(command=_compare)

    grade = commands.add_parser(
        "grade",
        help="try a step's promises on a folder of submissions",
        description="Each sub-folder or zip file is one learner's, and holds a folder laid out like a version. Each "
        "promise runs in a process of its own, bounded in time and memory; with bubblewrap installed, also without "
        "network and other files. Without it, grade what strangers hand in inside a container. The status is 0 if each "
        "submission could be graded, 1 if one could not, 2 if the command was called wrongly.",
    )
    grade.add_argument("folder", type=Path, help="the folder or the zip file that holds the submissions")
    grade.add_argument("--step", required=True, help="whose promises are tried, such as 12")
    grade.add_argument(
        "--exercises",
        action="store_true",
        help="grade the answers to the step's exercises, in notebooks or Python files",
    )
    grade.add_argument("--csv", type=Path, metavar="FILE", help="write the grades as a table for a spreadsheet")
    grade.add_argument("--moodle", type=Path, metavar="FILE", help="the same for Moodle's grading worksheet")
    grade.add_argument("--canvas", type=Path, metavar="FILE", help="the same for Canvas's gradebook")
    grade.add_argument("--promises", type=Path, metavar="FOLDER", help="promises of your own, such as step12_mine.py")
    grade.add_argument("--weights", type=Path, metavar="FILE", help="what each promise is worth: graceful_stop = 3")
    grade.add_argument(
        "--results",
        type=Path,
        metavar="FILE",
        help="where results are written as they come; a run that "
        "was cut off goes on from there (default: beside the table)",
    )
    grade.add_argument("--jobs", type=int, metavar="N", help="how many are tried at once (default: all processors)")
    grade.add_argument("--html", type=Path, metavar="FOLDER", help="write a page for each learner, and an index")
    grade.set_defaults(command=_grade)

    handout = commands.add_parser("handout", help="a step on paper: lines that matter and exercises, on A4")
    handout.add_argument("step", help="such as 12")
    handout.add_argument("--key", action="store_true", help="with the answers")
    handout.add_argument("--html", type=Path, metavar="FILE", help="where it is written (default: handout-12.html)")
    handout.set_defaults(command=_handout)

    play = commands.add_parser("play", help="you are the scheduler: write the page of levels, and open it")
    play.add_argument("number", nargs="?", type=int, metavar="N", help="the level that it begins with")
    play.add_argument("--html", type=Path, metavar="FILE", help="write the page there, and do not open it")
    play.set_defaults(command=_play)

    mutants = commands.add_parser("mutants", help="small mistakes in a version, and which promise finds each")
    mutants.add_argument("names", nargs="*", help="versions, such as 12, or exercises, such as 12.3 (default: all)")
    mutants.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once (default: all cores)")
    mutants.add_argument("--left", action="store_true", help="only those that no promise finds")
    mutants.add_argument("--operators", action="store_true", help="only say which mistakes are made")
    mutants.add_argument("--first-shown", type=int, metavar="SEED", help="what is shown first of a sample of 50")
    mutants.set_defaults(command=_mutants)

    progress = commands.add_parser("progress", help="what you have predicted, solved and built so far")
    progress.set_defaults(command=_progress)

    course = commands.add_parser("course", help="your own copy of the course; called again, it brings what is newer")
    course.add_argument("folder", type=Path)
    course.set_defaults(command=_course)

    lab = commands.add_parser("lab", help="your own copy of the course, opened in JupyterLab")
    lab.add_argument("--folder", type=Path, help="where the copy is (default: goqueue-course in your home)")
    lab.add_argument("words", nargs="*", metavar="-- WORD", help="further words for JupyterLab, after --")
    lab.set_defaults(command=_lab)

    notebooks = commands.add_parser("notebooks", help="run the notebooks and store what they show")
    notebooks.add_argument("names", nargs="*", help="such as 12 (default: all)")
    notebooks.add_argument("--check", action="store_true", help="change nothing; say what differs")
    notebooks.set_defaults(command=_notebooks)
    return parser


def _matrix(options: argparse.Namespace) -> int:
    from .lab import matrix

    found = matrix()
    print(found)
    return 0 if found.as_declared else 1


def _check(options: argparse.Namespace) -> int:
    from .lab.versions import check, entry
    from .lab.versions.trial import NOT_TRIED

    folder = Path(options.version)
    is_folder = folder.is_dir()
    checks = check(folder if is_folder else options.version, *options.promises, step=options.step)
    if options.step is None:
        tried = [str(result) for result in checks if result.outcome != NOT_TRIED]
        print("\n".join(tried + checks.not_tried))
        return 0 if checks.kept else 1
    from .lab.learn.step_summary import note_kept, summary

    step = entry(options.step).step
    if is_folder:
        note_kept(checks, step)
    print(summary(checks, step, folder.as_posix()))
    return 0 if checks.kept else 1


def _new(options: argparse.Namespace) -> None:
    from .lab.learn.own_version import new, next_commands

    new(options.folder, options.step)
    print(next_commands(options.folder, options.step))


def _watch(options: argparse.Namespace) -> int:
    from .lab.learn.folder_watch import watch_command

    return watch_command(options.folder, options.step, options.once)


def _play(options: argparse.Namespace) -> int:
    from .lab.playing.page import play_command

    return play_command(options.number, options.html or Path("goqueue-levels.html"), opens=options.html is None)


def _progress(options: argparse.Namespace) -> None:
    from .lab import progress

    print(progress())


def _diff(options: argparse.Namespace) -> None:
    from .lab import diff

    print(diff(options.before, options.after, options.file, side_by_side=options.side_by_side))


def _carry(options: argparse.Namespace) -> int:
    from .lab.versions.carry import carry_command

    return carry_command(options.files, options.base, options.pin)


def _show(options: argparse.Namespace) -> None:
    from .lab import show

    print(show(options.version, options.file))


def _compare(options: argparse.Namespace) -> int:
    from .lab.instructor.command import run_compare

    return run_compare(options)


def _grade(options: argparse.Namespace) -> int:
    from .lab.instructor.command import run_grade

    return run_grade(options)


def _handout(options: argparse.Namespace) -> int:
    from .lab.instructor.handout import handout_command

    return handout_command(options.step, options.key, options.html)


def _mutants(options: argparse.Namespace) -> int:
    from .lab.mutants.command import first_shown_command, mutants_command

    if options.first_shown is not None:
        return first_shown_command(options.first_shown)
    return mutants_command(options.names, max(1, options.jobs), options.left, options.operators)


def _course(options: argparse.Namespace) -> None:
    from .lab.learn.own_copy import bring

    print(bring(options.folder))


def _lab(options: argparse.Namespace) -> int:
    from .lab.learn.lab_command import lab_command

    return lab_command(options.folder, options.words)


def _notebooks(options: argparse.Namespace) -> int:
    from .lab.notebooks import refresh_command

    return refresh_command(options.names, options.check)
