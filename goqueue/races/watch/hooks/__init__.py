"""What watched code calls at each access.

hooks                                        all of them, by name; variables and items
attributes, items, containers, iterators     reading and writing what objects hold
operators, matching, formatting              comparisons, patterns, f-strings
format_fields                                what a format string names
copying, as_dict                             what is reached from an object
calls, general_rule, functions_in_c          calls of what is not watched
operator_functions, copy_functions           among them, those of `operator`; copies, and what is written down
library_code, logged                         functions of the library in Python, line by line; logging
callbacks                                    what these call back
generated, opaque, redirected                methods that dataclasses have; objects that are not watched; `with`
"""
