"""Any company's export made into the three tables, by a mapping file and with no code."""

from forestall.importing.import_tables import import_tables

__all__ = ["import_tables"]
