"""The code of a model, recompiled so that each access to shared state calls the engine. Files stay untouched.

objects             whose methods are seen, and what objects hold that no code names
rewriting           from a syntax tree to one with hooks, and from there to code
hooks               what a hook does
watching            whose code is swapped, for how long
functions           the functions that a model leads to
selection           which modules are watched
noticing            code that turns up in a run
state, holders      what outlives a run, and is put back
holders_in_c        the same for objects in C; positions: of iterators; unreadable: what is named
"""
