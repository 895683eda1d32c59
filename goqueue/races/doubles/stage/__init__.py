"""The stage of an exploration: who gets a stand-in, and how everything is put back.

staging                what is replaced while an exploration lasts
replacements           functions and classes of the library, by name
references, collected  where the program keeps them, as the collector knows
snapshots              what an object held when a run first touched it
"""
