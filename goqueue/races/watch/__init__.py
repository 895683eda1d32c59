"""The code of a model, recompiled so that each access to shared state calls the engine. Files stay untouched.

watching, functions                                 whose code is swapped, for how long
rewriting, rewriting_base, rewriting_reads, scopes  from a syntax tree to one with hooks
hooks, attributes, items, containers, copying       what a hook does
calls, functions_in_c, callbacks                    calls of what is not watched, and what they call back
kinds, opaque, generated, matching                  whose methods are seen; objects that are not; dataclasses; patterns
"""
