"""All kernels, in the order of the table: each file is a part, and its docstring the part's title."""

from importlib import import_module

from .kernels import BY_MODULE, Kernel

FILES = """
goker_locks goker_recursion goker_orders goker_held_sends goker_held_sends_2
goker_channels goker_unread goker_waits goker_conditions
goker_races goker_counting goker_closures goker_lifetimes
sctbench_orders sctbench_atomicity sctbench_pools
python_locks python_callbacks python_shutdown python_notifications python_caches python_pools python_walks
"""
MODULES = [import_module(f".{file}", __package__) for file in FILES.split()]
PARTS: dict[str, list[Kernel]] = {(module.__doc__ or "").strip(): BY_MODULE[module.__name__] for module in MODULES}
KERNELS = {kernel.name: kernel for kernels in PARTS.values() for kernel in kernels}
