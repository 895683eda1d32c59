"""Importing this restores what Python 3.10 took from `collections`, so that libraries of before can be imported."""

import collections
import collections.abc

for _name in collections.abc.__all__:
    if not hasattr(collections, _name):
        setattr(collections, _name, getattr(collections.abc, _name))
