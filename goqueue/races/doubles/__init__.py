"""Stand-ins for threading, queue and time. In a thread that no run controls, each does what the real one does.

locks, waits, threads, idents, clock  the replaced classes and functions
fields                            what the library's classes read without a lock
factories, replacements, staging  who gets a stand-in; how everything is put back
disk                              files whose writes a crash may lose
outside_world                     input and output, which a model must not do
"""
