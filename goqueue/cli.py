"""The command line: `goqueue matrix`, `goqueue diff 11 12` … Each command is a thin wrapper over a function."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 all is well, 1 something does not hold, 2 it was called wrongly."""
    try:
        return _run(sys.argv[1:] if argv is None else list(argv))
    except BrokenPipeError:  # `goqueue diff 11 12 | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (LookupError, OSError) as err:
        print(f"goqueue: {err.args[0] if isinstance(err, LookupError) else err}", file=sys.stderr)
        return 2


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["tour"]:  # these two read their own options
        from .lab.tour import main as tour

        return tour(arguments[1:])
    if arguments[:1] == ["race"]:
        from .lab.race_command import main as race

        return race(arguments[1:])
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="goqueue", description="The course, and the tools that show it.")
    parser.add_argument("--version", action="version", version=f"goqueue {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("tour", help="see every version at real work", add_help=False)
    commands.add_parser("race", help="run a function in every order of its threads that can matter", add_help=False)

    matrix = commands.add_parser("matrix", help="which version keeps which promise, tried now")
    matrix.set_defaults(command=_matrix)

    check = commands.add_parser("check", help="try the promises on one version")
    check.add_argument("version", help="a step, such as 12, or a folder laid out like a version")
    check.add_argument("promises", nargs="*", help="names of promises (default: all)")
    check.set_defaults(command=_check)

    diff = commands.add_parser("diff", help="what changed from one version to another, and why")
    diff.add_argument("before")
    diff.add_argument("after")
    diff.add_argument("file", nargs="?", help="only this file, such as storage.py")
    diff.add_argument("--side-by-side", action="store_true", help="in two columns")
    diff.set_defaults(command=_diff)

    show = commands.add_parser("show", help="one version on one page, or one of its files")
    show.add_argument("version")
    show.add_argument("file", nargs="?")
    show.set_defaults(command=_show)

    course = commands.add_parser("course", help="unpack the course into a new folder")
    course.add_argument("folder", type=Path)
    course.set_defaults(command=_course)

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
    from .lab import check

    folder = Path(options.version)
    checks = check(folder if folder.is_dir() else options.version, *options.promises)
    print("\n".join(str(result) for result in checks))
    return 0 if checks.kept else 1


def _diff(options: argparse.Namespace) -> int:
    from .lab import diff

    print(diff(options.before, options.after, options.file, side_by_side=options.side_by_side))
    return 0


def _show(options: argparse.Namespace) -> int:
    from .lab import show

    print(show(options.version, options.file))
    return 0


def _course(options: argparse.Namespace) -> int:
    from .lab.versions.course import unpack

    print(f"the course is in {unpack(options.folder)}: open its notebooks, 00_start first")
    return 0


def _notebooks(options: argparse.Namespace) -> int:
    from .lab.notebooks import refresh_command

    return refresh_command(options.names, options.check)
