"""Counterexamplees: each module here replaces one module of one version, and has one fault.

Its name says which and what: step12_channel_has_no_bound replaces `channel` in version 12. It holds only what differs;
the loader takes the rest from the module it replaces. A counterexample proves that its promise can fail.
"""
