"""What watched code calls at each access.

hooks                                        all of them, by name; variables and items
attributes, items, containers, iterators     reading and writing what objects hold
operators, matching, formatting              comparisons, patterns, f-strings
format_fields                                what a format string names
copying                                      what is reached from an object
calls, functions_in_c, library_code, logged  calls of what is not watched
callbacks                                    what these call back
generated, opaque, redirected                methods that dataclasses have; objects that are not watched; `with`
"""
