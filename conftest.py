"""Loads the plugin behind `pytest --race` where goqueue is not installed.

Where it is, its entry point has loaded it already, under the same name, and pytest does not load it twice.
"""

pytest_plugins = ["goqueue.lab.pytest_plugin", "pytester"]
