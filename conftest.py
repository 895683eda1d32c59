"""Loads the plugin behind `pytest --race` where goqueue is not installed, and leaves a learner's progress alone.

Where goqueue is installed, its entry point has loaded the plugin already, under the same name, and pytest does not load
it twice. Notebooks and doctests under test neither show nor change what she has done: their kernels inherit this.
"""

import os

pytest_plugins = ["goqueue.lab.pytest_plugin", "pytester"]

os.environ["GOQUEUE_PROGRESS"] = ""
