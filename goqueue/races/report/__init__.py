"""What the user sees: one run written down, races in Go's layout, a result. It imports the engine only.

recorder    one run, recorded          trace: the record; trace_text: the record as text
text        verdicts and races in words                 waits: what threads wait for, in words
result      what explore() returns
"""
