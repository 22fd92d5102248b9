"""The verbs: everything that changes or tells something, as plain functions `fn(tx, who, command, now)`.

They alone call `tx.publish` and `tx.job`, so what a verb does can be read from top to bottom in one place. Rights
are loaded inside the transaction (`access.py`); rows become public shapes in `shapes.py` and go no further.
"""
