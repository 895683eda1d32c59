"""The code of a model, recompiled so that each access to shared state calls the engine. Files stay untouched.

watching, functions                                 whose code is swapped, for how long
rewriting, rewriting_base, rewriting_reads, scopes  from a syntax tree to one with hooks
hooks, attributes, containers, copying              what a hook does
"""
