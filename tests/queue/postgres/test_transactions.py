"""A job that is part of the caller's own transaction: there when that is committed, and never if it is rolled back."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy
import sqlalchemy.orm
from psycopg.rows import dict_row

from goqueue import Context, DuplicateKey, Queue, Status
from goqueue.testing import InlineQueue, recording

from ..parts import PATIENCE, ctx, submit
from ..servers import postgres


@pytest.fixture
def queue(postgres_url: str) -> Iterator[Queue]:
    queue = Queue(workers=1, storage=postgres_url)
    queue.register_handler("webhook", lambda ctx, payload: payload)
    yield queue
    queue.close()


@pytest.fixture
def connection() -> Iterator["psycopg.Connection[Any]"]:
    with psycopg.connect(postgres.url()) as connection:
        yield connection


def waiting(queue: Queue) -> int:
    return queue.count(ctx)[Status.PENDING]


def test_it_is_there_once_the_transaction_is_committed(queue: Queue, connection: Any) -> None:
    job = submit(queue, 17, connection=connection)
    more = queue.submit_many(ctx, "webhook", [1, 2], connection=connection)
    assert waiting(queue) == 0
    connection.commit()
    assert waiting(queue) == 3
    assert [queue.get_job(ctx, each).payload for each in [job, *more]] == [17, 1, 2]


def test_it_is_never_there_if_the_transaction_is_rolled_back(queue: Queue, connection: Any) -> None:
    submit(queue, connection=connection)
    submit(queue, connection=connection, key="mail-17")
    queue.submit_many(ctx, "webhook", [1, 2], connection=connection, delay=60.0)
    connection.rollback()
    assert queue.list_jobs(ctx) == []
    submit(queue, key="mail-17")  # nobody has the key
    assert waiting(queue) == 1


def test_workers_hear_of_it_when_it_is_committed(queue: Queue, connection: Any) -> None:
    kind: Any = type("Deaf", (type(queue.storage),), {"look_every": 3600.0})
    queue.storage.__class__ = kind
    queue.storage.maintain_every = 3600.0
    storage: Any = queue.storage
    with queue:
        while not storage._listener.hears:  # then it looks for what it has missed
            time.sleep(0.005)
        job = submit(queue, 17, connection=connection)
        time.sleep(0.2)  # if these looks are not over, the test proves nothing, and passes
        connection.commit()
        assert queue.wait(Context().with_timeout(PATIENCE), job).result == 17


def test_a_unique_key_holds_across_transactions(queue: Queue, connection: Any) -> None:
    first = submit(queue, key="mail-17")
    assert submit(queue, key="mail-17", connection=connection) == first
    with pytest.raises(DuplicateKey):
        submit(queue, key="mail-17", on_duplicate="raise", connection=connection)
    second = submit(queue, key="mail-17", on_duplicate="replace", connection=connection)
    assert queue.get_job(ctx, first).status is Status.PENDING  # for everybody else
    connection.commit()
    assert [queue.get_job(ctx, each).status for each in (first, second)] == ["cancelled", "pending"]


def test_of_two_that_submit_one_key_the_second_waits_for_the_first(queue: Queue, connection: Any) -> None:
    first = submit(queue, key="mail-17", connection=connection)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(submit(queue, key="mail-17")))
    thread.start()
    connection.commit()
    thread.join(PATIENCE)
    assert found == [queue.get_job(ctx, first)]


def test_it_is_part_of_a_savepoint(queue: Queue, connection: Any) -> None:
    with connection.transaction():
        submit(queue, 1, connection=connection)
        with connection.transaction(force_rollback=True):
            submit(queue, 2, connection=connection)
    assert [job.payload for job in queue.list_jobs(ctx)] == [1]


def test_the_callers_rows_may_be_of_any_kind(queue: Queue) -> None:
    with psycopg.connect(postgres.url(), row_factory=dict_row) as connection:
        submit(queue, connection=connection)
    assert waiting(queue) == 1


def test_sqlalchemy(queue: Queue) -> None:
    engine = sqlalchemy.create_engine(postgres.url().replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        submit(queue, 1, connection=connection)
    with engine.connect() as connection:
        submit(queue, 2, connection=connection)  # and no commit
    with sqlalchemy.orm.Session(engine) as session, session.begin():
        submit(queue, 3, connection=session)
    assert [job.payload for job in queue.list_jobs(ctx)] == [1, 3]
    engine.dispose()


def test_what_django_has_is_unwrapped(queue: Queue, connection: Any) -> None:
    class Wrapper:
        """As django.db.connection: it opens itself when it is used first."""

        connection = None

        def ensure_connection(self) -> None:
            self.connection = connection

    submit(queue, connection=Wrapper())
    connection.rollback()
    assert waiting(queue) == 0


def test_a_connection_that_cannot_be_used_is_refused(queue: Queue) -> None:
    for wrong in ("postgresql://", 17, object()):
        with pytest.raises(TypeError, match="must be a connection of psycopg 3"):
            submit(queue, connection=wrong)
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        with pytest.raises(ValueError, match="begin a transaction"):
            submit(queue, connection=connection)
        with connection.transaction():
            submit(queue, connection=connection)
    assert waiting(queue) == 1
    with pytest.raises(TypeError, match="has no within"):
        submit(Queue(), connection=connection)


def test_a_connection_to_another_database_is_refused(queue: Queue) -> None:
    with postgres.own_schema() as url:
        other = Queue(storage=url)
        with psycopg.connect(postgres.url()) as connection:
            connection.execute(f"UPDATE {other.storage.schema}.meta SET node = 17".encode())  # type: ignore[attr-defined]
            with pytest.raises(ValueError, match="leads to another database"):
                submit(other, connection=connection)
        other.close()


def test_a_program_can_be_tested_without_the_database() -> None:
    queue = InlineQueue()
    queue.register_handler("webhook", lambda ctx, payload: payload)
    assert queue.get_job(ctx, submit(queue, 17, connection=object())).result == 17
    with recording(Queue()) as recorded:
        submit(recorded, 17, connection=object())
    recorded.assert_submitted("webhook", 17)
