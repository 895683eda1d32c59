"""A user's project under `mypy --strict`: what is right is silent, and a misspelt argument is an error."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SHOP = """
import asyncio
from dataclasses import dataclass

from goqueue import JobContext, Queue, Retry

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

@queue.task("later")
async def later(order: int) -> str:
    return str(order)

receipt: Receipt = send.submit(17, to="a").wait(timeout=5).result
direct: Receipt = send(17, to="a")
attempt: int = with_context.submit(17).result
text: str = later.submit(17).wait().result
delayed: Receipt = send.options(delay=5).submit(17, to="a").result

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
send.options(dely=5)                # E: call-arg
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
