"""What functions of the standard library touch, in Python and in C.

general_rule, functions_in_c           any function; those that have rules of their own
library_code, logged                   functions in Python, line by line; logging
operator_functions, copy_functions     those of `operator`; copies, and what is written down
class_checks, dispatching              isinstance(), type hints; @singledispatch
format_fields                          what a format string names
copying, as_dict                       what is reached from an object
generated, redirected                  methods that dataclasses have; `with`
"""
