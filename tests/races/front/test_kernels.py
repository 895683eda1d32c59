"""A Jupyter kernel goes on as before after an interrupt during an exploration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyter_client.manager import start_new_kernel

ROOT = Path(__file__).parents[3]
IN_A_KERNEL = """
import sys, threading, time
sys.path.insert(0, {root!r})
from goqueue.lab import explore
from goqueue.races.engine.active import Active

def endless():
    while True:
        time.sleep(0.1)

def tell():
    sleep = time.sleep
    while Active.run is None or Active.run.steps < 100:
        sleep(0.001)
    print("exploring", flush=True)

before = threading.active_count()
"""
EXPLORE_FOR_EVER = """
threading.Thread(target=tell).start()
explore(endless, steps=10**9)
"""
EXPLORE_AGAIN = """
def done():
    time.sleep(600)
explore(done).verdict, threading.active_count() - before
"""


def test_a_kernel_goes_on() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        client.execute_interactive(IN_A_KERNEL.format(root=str(ROOT)), timeout=60)
        said: list[str] = []

        def interrupt(message: Any) -> None:
            content = message["content"]
            said.append(content.get("text") or content.get("ename") or content.get("data", {}).get("text/plain", ""))
            if said[-1] == "exploring\n":
                manager.interrupt_kernel()

        reply = client.execute_interactive(EXPLORE_FOR_EVER, timeout=60, output_hook=interrupt)
        assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "KeyboardInterrupt"), said
        said.clear()
        client.execute_interactive(EXPLORE_AGAIN, timeout=60, output_hook=interrupt)
        assert "('exhausted', 0)" in said, said
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
