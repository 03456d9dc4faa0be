"""How the cells of a source become values, one module for each kind of value."""

from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.conditions import read_condition
from forestall.importing.values.numbers import read_count, read_number
from forestall.importing.values.times import read_time

__all__ = ["Cells", "ReadColumn", "read_condition", "read_count", "read_number", "read_time"]
