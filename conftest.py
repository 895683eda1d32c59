"""Loads the plugin behind `pytest --race` where goqueue is not installed, and what checks the notebooks.

Where goqueue is installed, its entry point has loaded the plugin already, under the same name, and pytest does not load
it twice. Notebooks and doctests under test neither show nor change a learner's progress: their kernels inherit this.
"""

import os

pytest_plugins = ["goqueue.lab.pytest_plugin", "pytester", "tests.notebooks.checked_notebooks"]

os.environ["GOQUEUE_PROGRESS"] = ""
