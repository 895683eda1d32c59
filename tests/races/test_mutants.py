"""Each mistake in the reduction, the clocks, the doubles and the hooks is seen by a program of the differential tests.

A mutant counts as seen if the reduction, with it, misses an outcome of a fixed program, or says something else.
"""
