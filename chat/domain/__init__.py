"""The rules of the desk: values in, values out. No clock, no rows, no I/O.

Whoever calls hands in the moment and the facts, and gets an answer or an error that says in a sentence what
was wrong. `conversation` holds the moves of a conversation, `calendar` when a desk is open, `tickets` the
moves of a ticket and of the money that goes back.
"""
