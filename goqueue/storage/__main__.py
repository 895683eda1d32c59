"""`python -m goqueue.storage`: what can be done to a storage's file from a shell.

python -m goqueue.storage check jobs.db              says what is wrong with it; exit status 1 if something is
python -m goqueue.storage backup jobs.db copy.db     makes a copy that works, while others use the file
"""

import sys

from ..errors import StorageError
from .commands import back_up_checked
from .sqlite import check

USAGE = "usage: python -m goqueue.storage check FILE, or: python -m goqueue.storage backup FILE COPY"


def main(arguments: list[str]) -> int:
    """Run a command and return the exit status: 0, 1 if something is wrong, 2 if the command was called wrongly."""
    try:
        match arguments:
            case ["check", path]:
                damages = check(path)
                print("\n".join(damages) or f"{path}: all is well")
                return 1 if damages else 0
            case ["backup", path, copy]:
                damages = back_up_checked(path, copy)
                if damages:
                    print("\n".join(damages), file=sys.stderr)
                return 1 if damages else 0
    except StorageError as err:
        print(err, file=sys.stderr)
        return 1
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
