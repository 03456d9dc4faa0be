"""Import of a company's own export into the three tables, by a mapping file and without code."""

from forestall.importing.import_tables import import_tables

__all__ = ["import_tables"]
