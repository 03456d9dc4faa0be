"""Defaults that more than one module needs."""

MAX_REJECTED = 0.05
"""The largest share of a table's rows that may be rejected."""

PORT = 5000
"""The port that `forestall serve` listens on."""

LEDGER = "sqlite:///contacts.db"
"""The ledger of contacts that `forestall contacts` keeps."""
