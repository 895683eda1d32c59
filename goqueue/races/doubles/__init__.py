"""Stand-ins for threading, queue and time. In a thread that no run controls, each does what the real one does.

locks, waits, threads, clock      the replaced classes and functions
simple_queues, idents             a queue whose calls are one step each; the numbers of threads
fields                            what the library's classes read without a lock
factories, stage                  who gets a stand-in; how everything is put back
disk                              files whose writes a crash may lose
outside_world, refusals           input and output, and what else a model must not do
bystanders                        real threads of the program, which take no part in a run
"""
