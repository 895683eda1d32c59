"""What carries a controlled thread: a real thread or, where there are none, a suspended stack.

    CPython     ─> the real names of `_thread`, and `sys._current_frames`
    WebAssembly ─> the same names of `stacks`: a browser tab has one thread, and its Python can suspend a stack

The engine takes them from here, so it does not know which they are.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

IN_A_TAB: bool = sys.platform == "emscripten"

if IN_A_TAB and not TYPE_CHECKING:
    from .stacks import allocate_lock, current_frames, get_ident, get_native_id, start_new_thread
else:
    from _thread import allocate_lock, get_ident, get_native_id, start_new_thread

    current_frames = sys._current_frames

__all__ = ["IN_A_TAB", "allocate_lock", "current_frames", "get_ident", "get_native_id", "start_new_thread"]
