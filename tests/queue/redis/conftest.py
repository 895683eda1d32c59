"""A storage on the real server, and a network that a test may break."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from goqueue import StorageError
from goqueue.storage import RedisStorage

from ..servers import valkey
from ..servers.proxy import Proxy

collect_ignore_glob = ["*"] if sys.platform == "win32" else []  # for which there is no Valkey
Open = Callable[..., RedisStorage]


@pytest.fixture
def open_storage() -> Iterator[Open]:
    """Open storages of one queue, of which each stands for a process of its own."""
    opened: list[RedisStorage] = []
    name = valkey.new_name()

    def open_one(url: str | None = None, **options: Any) -> RedisStorage:
        opened.append(RedisStorage(valkey.url() if url is None else url, **{"name": name, **options}))
        return opened[-1]

    yield open_one
    for storage in opened:
        with contextlib.suppress(StorageError), storage.patience(0.05):  # its network may be gone
            storage.close()


@pytest.fixture
def storage(open_storage: Open) -> RedisStorage:
    return open_storage()


@pytest.fixture(scope="module")
def own_server() -> Iterator[valkey.Valkey]:
    """A server that the tests of a module may fill, and look into."""
    server = valkey.Valkey()
    yield server
    server.remove()


@pytest.fixture
def network(own_server: valkey.Valkey, tmp_path: Path) -> Iterator[Proxy]:
    """A network that fails when a test says so."""
    own = own_server.folder / tmp_path.name[-20:]
    proxy = Proxy(own_server.socket, own, f"unix://{own}")
    yield proxy
    proxy.close()
