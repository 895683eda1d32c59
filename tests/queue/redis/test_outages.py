"""The server ends in the middle of everything, and comes back: what is lost, and what is not."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from goqueue import Context, JobContext, Queue, Status, StorageError, StorageUnreachable
from goqueue.job import DONE
from goqueue.storage import RedisStorage
from goqueue.storage.redis import promise
from goqueue.testing.checks import add, claim

from ..parts import PATIENCE
from ..servers.valkey import Valkey

ctx = Context().with_timeout(10 * PATIENCE)


@pytest.fixture
def servers() -> Iterator[Any]:
    """Start servers, with options of their configuration."""
    started: list[Valkey] = []

    def start(**options: str) -> Valkey:
        started.append(Valkey(**options))
        return started[-1]

    yield start
    for server in started:
        server.remove()


@pytest.mark.parametrize(
    ("options", "durability"),
    [
        ({"appendonly": "yes", "appendfsync": "always"}, "always"),
        ({"appendonly": "yes", "appendfsync": "everysec"}, "everysec"),
        ({}, "off"),
    ],
)
def test_a_kill_loses_what_the_configuration_says(
    servers: Any, options: dict[str, str], durability: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = servers(**options)
    storage = RedisStorage(server.url)
    assert storage.durability == durability
    assert ("a crash of this server loses" in caplog.text) is (durability == "off")
    add(storage, 1, 2, 3)
    claim(storage, 0, ((claim(storage)[0], DONE),))
    (claimed,) = claim(storage)
    server.kill()
    server.start()
    counts = storage.count()
    if durability == "off":  # a kill of the process loses what is nowhere on the disk
        assert sum(counts.values()) == 0
        assert storage.maintain([claimed]) == [claimed]  # its handler is told
    else:  # everysec loses nothing here either: the system still has what was written, unless the power is cut
        assert [counts[status] for status in (Status.COMPLETED, Status.RUNNING, Status.PENDING)] == [1, 1, 1]
        claim(storage, 0, ((claimed, DONE),))
        assert storage.count()[Status.COMPLETED] == 2
    storage.close()


def test_workers_wait_for_their_server_say_so_once_and_go_on(servers: Any, caplog: pytest.LogCaptureFixture) -> None:
    server = servers(appendonly="yes", appendfsync="always")
    ran: list[int] = []

    def handler(ctx: JobContext, payload: int) -> None:
        ran.append(payload)

    storage = RedisStorage(server.url)
    storage.poll = 0.05  # so that they find out soon
    queue = Queue(storage=storage, workers=4)
    queue.register_handler("webhook", handler)
    with queue:
        job = queue.submit_job(ctx, "webhook", 1)
        queue.wait(ctx, job)
        storage._server._timeout = 0.05  # seconds, while nobody answers anyway
        server.kill()
        end = time.monotonic() + PATIENCE
        while "The storage failed" not in caplog.text and time.monotonic() < end:
            time.sleep(0.01)
        with pytest.raises(StorageError):
            queue.submit_job(ctx, "webhook", 2)
        server.start()
        storage._server._timeout = PATIENCE
        job = queue.submit_job(ctx, "webhook", 3)
        assert queue.wait(ctx, job).status is Status.COMPLETED
    assert ran == [1, 3]
    assert caplog.text.count("The storage failed") == 1
    queue.storage.close()


def test_a_replica_that_is_promoted_has_what_was_sent_to_it(servers: Any) -> None:
    """What the master had not sent yet is lost: here, the replica was cut off before the third job."""
    master, replica = servers(), servers()
    storage = RedisStorage(master.url)
    port = reachable(master)
    replica.client().replicaof("127.0.0.1", port)
    add(storage, 1)
    (claimed,) = claim(storage)
    add(storage, 2)
    end = time.monotonic() + PATIENCE
    while replica.client().info("replication")["master_link_status"] != "up" or not master.client().wait(1, 100):
        assert time.monotonic() < end
    replica.client().replicaof("NO", "ONE")
    add(storage, 3)
    master.kill()
    promoted = RedisStorage(replica.url)
    assert promoted.node == storage.node
    counts = promoted.count()
    assert (counts[Status.PENDING], counts[Status.RUNNING]) == (1, 1)
    claim(promoted, 0, ((claimed, DONE),))  # it was claimed before, and its claim still holds
    assert promoted.count()[Status.COMPLETED] == 1
    promoted.close()
    storage._server.close()


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reachable(server: Valkey) -> int:
    """Let a server listen on a free port of this machine, too, and return it."""
    port = free_port()
    server.client().config_set("repl-diskless-sync-delay", "0")  # a replica need not wait for others
    server.client().config_set("port", str(port))
    return port


def test_a_replica_takes_no_job(servers: Any) -> None:
    master, replica = servers(), servers()
    replica.client().replicaof("127.0.0.1", reachable(master))
    end = time.monotonic() + PATIENCE
    while replica.client().info("replication")["master_link_status"] != "up":
        assert time.monotonic() < end
    with pytest.raises(StorageUnreachable):
        RedisStorage(replica.url, timeout=0.1)


def test_a_cluster_is_followed_to_the_node_that_has_the_queue(servers: Any) -> None:
    ports = [free_port(), free_port(), free_port(), free_port()]
    nodes = [
        servers(**{"cluster-enabled": "yes", "port": str(port), "cluster-port": str(bus)})
        for port, bus in zip(ports[:2], ports[2:], strict=True)
    ]
    for node, slots in zip(nodes, ((0, 8191), (8192, 16383)), strict=True):
        node.client().execute_command("CLUSTER", "ADDSLOTSRANGE", *slots)
    nodes[0].client().execute_command("CLUSTER", "MEET", "127.0.0.1", ports[1], ports[3])
    end = time.monotonic() + PATIENCE
    while not all(b"cluster_state:ok" in node.client().execute_command("CLUSTER", "INFO") for node in nodes):
        assert time.monotonic() < end
        time.sleep(0.01)
    slot = nodes[0].client().execute_command
    there = {slot("CLUSTER", "KEYSLOT", f"goqueue:{{{name}}}:meta") > 8191: name for name in "abcdefgh"}
    for name in there.values():
        storage = RedisStorage(f"redis://127.0.0.1:{ports[0]}", name=name)
        add(storage, 1)
        assert len(claim(storage)) == 1
        storage.close()
    assert set(there) == {True, False}


def test_what_a_crash_loses_is_known_for_each_configuration() -> None:
    configurations: list[dict[str, str] | None] = [
        {"appendonly": "yes", "appendfsync": each} for each in ("always", "everysec", "no")
    ]
    found = {promise.durability_of(each) for each in [*configurations, {"appendonly": "no"}, None]}
    assert found == set(promise.LOSES)
