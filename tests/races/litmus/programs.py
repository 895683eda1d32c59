"""All litmus programs, in one list and by name."""

from importlib import import_module

from tests.races.litmus.litmus import BY_MODULE

FILES = """
lost_updates locking checking initialising containers sharing deadlocks conditions semaphores queues waits
stopping pools livelocks
"""
MODULES = [import_module(f"tests.races.litmus.{file}").__name__ for file in FILES.split()]
LITMUS = [litmus for module in MODULES for litmus in BY_MODULE[module]]
NAMED = {litmus.name: litmus for litmus in LITMUS}
