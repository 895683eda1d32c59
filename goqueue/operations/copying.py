"""`goqueue queue copy FROM TO`: all jobs of one queue into another, which must be empty. The ids stay as they are."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from ..errors import StorageError
from ..options import REDIS
from ..storage.copying import FOR_EVER, copy


def main_copy(arguments: Sequence[str]) -> int:
    """Run the command. The exit status is 0 if all was copied, 1 if not, 2 if it was called wrongly."""
    parser = argparse.ArgumentParser(prog="goqueue queue copy", description=__doc__.partition(": ")[2])
    parser.add_argument("source", metavar="FROM", help="a file, or an address such as postgresql://host/shop")
    parser.add_argument("target", metavar="TO", help="the same; what is not there is made")
    parser.add_argument(
        "--wait", type=float, default=60.0, metavar="SECONDS", help="for workers that were killed (default: 60)"
    )
    options = parser.parse_args(arguments)
    opened: list[Any] = []
    try:
        opened.append(source := open_for_copy(options.source, create=False))
        opened.append(target := open_for_copy(options.target, create=True))
        count = copy(source, target, options.wait)
    except (ValueError, ImportError, StorageError) as err:
        print(f"goqueue queue copy: {err}", file=sys.stderr)
        return 1 if isinstance(err, StorageError) else 2
    finally:
        for storage in opened:
            storage.close()
    print(f"{count:,} jobs were copied")
    return 0


def open_for_copy(given: str, create: bool) -> Any:
    """Return the storage at an address, which forgets nothing. Raises ValueError if it must be there, and is not."""
    if given.startswith(("postgresql://", "postgres://")):
        from ..storage import PostgresStorage  # it needs psycopg, and says so

        return PostgresStorage(given, create=create, retention=FOR_EVER)
    if given.partition("://")[0] in REDIS:
        from ..storage import RedisStorage  # so does it redis-py

        return RedisStorage(given, create=create, retention=FOR_EVER)
    from ..storage import SQLiteStorage
    from .command import existing

    path = given.removeprefix("sqlite:///") if create else existing(given)
    if "://" in str(path) or str(path).startswith("memory:"):
        raise ValueError(f"{given!r} cannot be copied: give a file, or the address of a server")
    return SQLiteStorage(path, retention=FOR_EVER)
