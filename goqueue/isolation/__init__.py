"""Attempts in a process of their own: `isolation="process"`. A time-out really ends them, and they use another core.

    worker thread ── starts ──> python ── imports the handler's module ──> handler(ctx, payload)
         │ <── {"progress": …}, {"result": …} or {"error": …} ── stdout ──────────────┤
         └──── {"done": …} when the context ends ── stdin ───────────────────────────>┘ if it ends, the worker is dead

places.py    where another process finds a handler;  raised.py: an exception as JSON, and back
process.py   the worker's side;  child.py: the other

All that crosses is JSON, a message a line. Only a program that isolates a handler imports this.
"""

from .process import Isolated, isolated

__all__ = ["Isolated", "isolated"]
