"""Counterexamples: each module here replaces one module of one version, and has one fault.

Its name says which module, and what the fault is: step12_channel_has_no_bound replaces `channel` in version 12. It
holds only what differs; the loader takes the rest from the module that it replaces. A counterexample proves that its
promise can fail.
"""
