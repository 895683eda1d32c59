"""The notebooks, kept fresh: run each from the top and store its outputs so that only real changes change a file.

What is stored is the same on every machine (`canonical.py`), comes from a fresh kernel of this very Python
(`running.py`), and replaces the file in one step (`refreshing.py`, which holds the command too).

Pictures are drawn by matplotlib, whose versions draw other bytes from the same data: they are stored, but a check
compares only the text that states their data. The outputs of a cell tagged `nbval-ignore-output` differ from run to
run: they stay as they are until the cell is edited.
"""

from goqueue.lab.notebooks.canonical import canonical
from goqueue.lab.notebooks.refreshing import Refreshed, refresh, refresh_command

__all__ = ["Refreshed", "canonical", "refresh", "refresh_command"]
