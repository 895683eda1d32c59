"""All litmus programs, in one list: importing a file adds its programs."""

from importlib import import_module

from tests.races.litmus.litmus import LITMUS as LITMUS

FILES = """
lost_updates locking checking initialising containers sharing deadlocks conditions semaphores queues waits
stopping pools livelocks
"""
for file in FILES.split():
    import_module(f"tests.races.litmus.{file}")
