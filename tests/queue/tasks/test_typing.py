"""A user's project under `mypy --strict`: what is right is silent, and a misspelt argument is an error."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = """
import asyncio
from dataclasses import dataclass

from goqueue import Context, Ended, Job, JobContext, Progress, Queue, Retry

queue = Queue()

@dataclass
class Receipt:
    order: int

@queue.task(retry=Retry(5), timeout=30)
def send(order: int, *, to: str) -> Receipt:
    return Receipt(order)

@queue.task()
def with_context(ctx: JobContext, order: int) -> int:
    return ctx.attempt

@queue.task(isolation="process")
def add_up(ctx: JobContext, orders: list[int], *, currency: str) -> int:
    before: tuple[Ended, ...] = ctx.before
    ctx.progress(len(before), len(orders), currency)
    return sum(orders)

@queue.task("later")
async def later(order: int) -> str:
    return str(order)

receipt: Receipt = send.submit(17, to="a").wait(timeout=5).result
direct: Receipt = send(17, to="a")
third: int = with_context.with_context(JobContext.for_test(attempt=3))(17)
attempt: int = with_context.submit(17).result
text: str = later.submit(17).wait().result
delayed: Receipt = send.options(delay=5).submit(17, to="a").result

def show(job: Job) -> None:
    progress: Progress | None = job.progress
    print(progress)

queue.limit("with_context", at_once=5, each_at_once=1, each_per_second=2.0)
jobs = [with_context.call(order) for order in (17, 18)]
last: Job = queue.submit_batch(Context(), jobs, add_up.call(currency="EUR"), if_failed="run", priority=9)
sum_of_all: int = add_up.job(last.id).wait(timeout=5, show=show).result
chain = queue.submit_chain(Context(), [("webhook", {"order": 17}), "mail", later.call()], limit_key="ada")
queue.wait(Context(), chain, show=True)

async def shop() -> str:
    found = await (await later.submit_async(17)).wait_async()
    return found.result + await later(17)

asyncio.run(shop())
"""

WRONG = """
send.submit(17, too="a")            # E: call-arg
send.submit("17", to="a")           # E: arg-type
number: int = send.submit(17, to="a").result   # E: assignment
with_context.submit(JobContext.for_test())     # E: arg-type
coroutine: str = later(17)          # E: assignment
alone: str = later.with_context(JobContext.for_test())(17)   # E: assignment
with_context.with_context(Context())(17)       # E: arg-type
send.options(dely=5)                # E: call-arg
queue.submit_batch(Context(), jobs, add_up.call(), if_failed="ignore")   # E: arg-type
queue.submit_chain(Context(), ["webhook", "mail"], prioritty=9)          # E: call-arg
queue.task(isolation="fork")        # E: arg-type
"""


@pytest.mark.slow
def test_a_users_project_is_checked(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP + WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), "shop.py"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    found = [(int(line), code) for line, code in re.findall(r"shop\.py:(\d+): error: .*\[([\w-]+)\]", told.stdout)]
    lines = (SHOP + WRONG).splitlines()
    expected = [(n, line.partition("# E: ")[2]) for n, line in enumerate(lines, 1) if "# E: " in line]
    assert sorted(set(found)) == expected, told.stdout + told.stderr
