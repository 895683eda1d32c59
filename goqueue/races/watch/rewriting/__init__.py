"""From the source of a file to code with hooks.

compiling             each file once, and kept while it has not changed
scopes                which names threads can share
base, reads           what all rewriting shares; names, attributes, items, calls
conditions            operators, comparisons, what is tested for truth
comprehensions        what is iterated over
patterns, rewriter    `match`; writes, and the whole
interrupting          where faults may come, if an exploration asks for them
"""
