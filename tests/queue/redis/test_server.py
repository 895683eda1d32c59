"""The server: what is refused, which errors say what, and that it may forget its scripts."""

import os
import subprocess
import sys
from typing import Any

import pytest

from goqueue import Context, Queue, StorageError, StorageFull, StorageTooNew, StorageUnreachable
from goqueue.context import DeadlineExceeded
from goqueue.errors import StorageCorrupt, StorageInDoubt, StorageLocked
from goqueue.job import DONE, PENDING, Options, Record
from goqueue.options import storage_of
from goqueue.payload import freeze
from goqueue.storage import RedisStorage
from goqueue.storage.redis import promise
from goqueue.testing.checks import add, claim, state

from ..servers import valkey
from ..servers.proxy import Proxy
from ..servers.valkey import Valkey
from .conftest import Open

ctx = Context()


def test_a_queue_takes_a_url(open_storage: Open) -> None:
    name = open_storage().name
    storage = storage_of(f"{valkey.url()}?queue={name}")
    assert isinstance(storage, RedisStorage)
    assert storage.name == name
    storage.close()


@pytest.mark.parametrize(
    ("url", "options", "says"),
    [
        ("http://localhost", {}, "url is 'http://localhost'"),
        ("redis://localhost", {"name": "a{b}"}, "name is 'a{b}'"),
        ("redis://localhost?queue=", {}, "name is ''"),
        ("redis://localhost", {"lease": 0.0}, "lease is 0.0"),
        ("redis://localhost", {"timeout": -1.0}, "timeout is -1.0"),
        ("redis://localhost", {"max_lost": -1}, "max_lost is -1"),
    ],
)
def test_what_cannot_be_used_is_refused(url: str, options: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        RedisStorage(url, **options)


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Any) -> None:
    with pytest.raises(StorageUnreachable, match=r"redis://localhost:1/0: it cannot be reached: start it"):
        RedisStorage("redis://me:secret@localhost:1/0", timeout=0.01)
    with pytest.raises(StorageLocked):  # whoever tries again after the one, tries again after the other
        RedisStorage(f"unix://{tmp_path}/none", timeout=0.01)


@pytest.fixture
def small(own_server: Valkey) -> Any:
    """Set the configuration of a server during a test."""
    client = own_server.client()
    before = client.config_get("maxmemory*")
    yield client.config_set
    for name in ("maxmemory", "maxmemory-policy"):
        client.config_set(name, before[name])


def test_a_server_that_evicts_is_refused(own_server: Valkey, small: Any) -> None:
    small("maxmemory-policy", "allkeys-lru")
    RedisStorage(own_server.url).close()  # it has no bound, so it evicts nothing
    small("maxmemory", "1gb")
    with pytest.raises(StorageError, match="set maxmemory-policy noeviction"):
        RedisStorage(own_server.url)


def test_a_server_that_is_too_old_is_refused() -> None:
    with pytest.raises(StorageError, match="its version is 6.2.14: use Redis 7.0 or newer, or Valkey"):
        promise.check_server("redis://localhost", {"redis_version": "6.2.14"}, {})


def test_a_full_memory_takes_no_job_and_lets_others_end(open_storage: Open, own_server: Valkey, small: Any) -> None:
    storage = open_storage(own_server.url)
    (key,) = add(storage, 1)
    small("maxmemory", "1")
    before = storage.count()
    for call in (
        lambda: storage.add([Record("webhook", None)] * 2),
        lambda: storage.add_unique(Record("webhook", None, 1, Options(key="a")), 0.0, None, False),
        lambda: storage.advance("report", None, 1.0, [Record("webhook", None)]),
    ):
        with pytest.raises(StorageFull, match="raise maxmemory"):
            call()
    assert (storage.count(), storage.noted("report")) == (before, None)
    (record,) = claim(storage)
    claim(storage, 0, ((record, DONE),))
    assert storage.delete(key)


def test_scripts_that_the_server_has_lost_are_loaded_again(open_storage: Open, own_server: Valkey) -> None:
    storage = open_storage(own_server.url)
    (key,) = add(storage, 1)
    own_server.client().script_flush()
    assert [record.key for record in claim(storage)] == [key]


def test_keys_of_another_program_are_left_alone(own_server: Valkey) -> None:
    own_server.client().set("goqueue:{taken}:meta", "mine")
    with pytest.raises(StorageCorrupt, match="give the queue another name"):
        RedisStorage(own_server.url, name="taken")
    assert own_server.client().get("goqueue:{taken}:meta") == b"mine"


def test_a_queue_of_a_newer_goqueue_is_refused(own_server: Valkey) -> None:
    own_server.client().hset("goqueue:{newer}:meta", mapping={"node": 1, "schema": 99})
    with pytest.raises(StorageTooNew, match="has schema 99"):
        RedisStorage(own_server.url, name="newer")


def test_a_password_is_asked_for(own_server: Valkey) -> None:
    own_server.client().execute_command("ACL", "SETUSER", "me", "on", ">secret", "~*", "&*", "+@all", "-config")
    url = own_server.url.replace("unix://", "unix://me:secret@")
    storage = RedisStorage(url, name="a")
    assert storage.durability == "unknown"  # it may not ask for the configuration
    storage.close()
    with pytest.raises(StorageError, match="refuses the password"):
        RedisStorage(url.replace("secret", "wrong"), name="a")


def test_all_keys_of_a_queue_are_in_one_slot(open_storage: Open, own_server: Valkey) -> None:
    storage = open_storage(own_server.url, name="one-slot")
    add(storage, 1, 2)
    add(storage, 3, delay=60.0)
    claim(storage)
    keys = own_server.client().keys("goqueue:*one-slot*")
    assert len(keys) > 6
    assert all(key.startswith(b"goqueue:{one-slot}:") for key in keys)


def test_without_the_library_an_error_says_what_to_install() -> None:
    code = "import sys; sys.modules['redis'] = None; from goqueue import Queue; Queue(storage='redis://localhost')"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ImportError: a storage in Redis needs the library redis-py: pip install 'goqueue[redis]'" in ended.stderr


def test_what_is_closed_or_was_opened_before_a_fork_says_so(storage: RedisStorage) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            storage.count()
        except StorageError as err:
            os._exit(0 if "before a fork" in str(err) else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    storage.close()
    with pytest.raises(StorageError, match="was closed: open another"):
        storage.count()


# -- a network that fails -----------------------------------------------------------------------------


def test_a_submission_ends_with_its_context_and_is_in_doubt_only_if_it_was_sent(
    open_storage: Open, network: Proxy
) -> None:
    queue = Queue(storage=open_storage(network.url))
    queue.storage._server._digest("add_unique")  # type: ignore[attr-defined]  # so that the script is there
    network.hold()
    with pytest.raises(StorageInDoubt, match="so this was done or not"):
        queue.submit_job(ctx.with_timeout(0.05), "webhook", key="mail-17")
    network.refuses = True
    network.cut()
    network.flow()
    with pytest.raises(DeadlineExceeded):
        queue.submit_job(ctx.with_timeout(0.05), "webhook")
    network.refuses = False
    job = queue.submit_job(ctx, "webhook", key="mail-17")  # a unique key makes the second try safe
    assert [each.id for each in queue.list_jobs(ctx)] == [job.id]


def test_what_only_looks_is_asked_again(open_storage: Open, network: Proxy) -> None:
    storage = open_storage(network.url)
    (key,) = add(storage, 1)
    network.cut()
    assert state(storage, key)[0] is PENDING


def test_large_values_come_back(storage: RedisStorage) -> None:
    (key,) = add(storage, {"text": "é" * 40_000})
    (record,) = claim(storage)
    assert record.payload == freeze({"text": "é" * 40_000})
    assert record.key == key
