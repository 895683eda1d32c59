"""What tells one living object from another: as `id` does, without an audit event.

The lab listens to audit events, to refuse real input and output. From the first exploration of a process on, each call
of `id` therefore takes about 0.8 µs instead of 0.02 (Python 3.11), and a run makes hundreds. `object.__hash__` is made
from the same address, takes 0.05 µs, and runs no code of the model, whatever its classes define.

>>> first, second = [], []
>>> identity(first) == identity(first), identity(first) == identity(second)
(True, False)
"""

from __future__ import annotations

identity = object.__hash__
