"""Faults as steps: an interrupt at a point of a thread, and a crash of the process before a change of what survives.

`plans` says which faults a run meets, `faulty_run` lets interrupts come, `killable_run` ends a run as if it was killed,
and `surviving` follows what survives.
"""
