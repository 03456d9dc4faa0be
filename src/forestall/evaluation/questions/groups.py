"""What the questions about groups of interactions share: the fewest rows of a figure, and the names of two groups."""

MIN_ROWS = 100
"""A group of fewer rows, or of one class only, gets no figures but its counts."""

UNKNOWN = "unknown"
"""The group of the rows without a value."""

OTHER = "all others"
"""The group of the rows whose value is not among the most frequent ones."""
