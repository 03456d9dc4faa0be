"""What holds when nothing else is said, and is said in more than one place."""

MAX_REJECTED = 0.05
"""The share of a table's rows that may be rejected."""
