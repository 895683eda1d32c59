"""What came of a promise on a version: tried when a test first asks for it, and kept for the next one.

Each is tried in this process, which costs a hundredth of a new one. `check` and `goqueue matrix` try the same in
subprocesses with a deadline: test_trial.py proves that both find the same.
"""

import functools

from goqueue.lab.versions.trial import try_here

outcome = functools.cache(try_here)
