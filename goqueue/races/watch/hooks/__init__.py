"""What watched code calls at each access.

hooks                                        all of them, by name; variables and items
attributes, items, containers, iterators     reading and writing what objects hold
data_attributes, waited_for                  which attributes are data; what gets a stand-in for the run
shadowing                                    what an object keeps under the name of a method of its class
operators, matching, formatting              comparisons, patterns, f-strings
calls, callbacks                             calls of what is not watched, and what these call back
opaque                                       objects that are not watched
library                                      what functions of the standard library touch
"""
