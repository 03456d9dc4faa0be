"""How the cells of a source become values, one module for each kind of value."""

from forestall.importing.values.cells import Cells, ReadColumn
from forestall.importing.values.conditions import read_conditions, rows_that_meet
from forestall.importing.values.durations import read_duration
from forestall.importing.values.numbers import read_count, read_number, read_numbers
from forestall.importing.values.ratings import read_rating
from forestall.importing.values.times import read_time

__all__ = [
    "Cells",
    "ReadColumn",
    "read_conditions",
    "read_count",
    "read_duration",
    "read_number",
    "read_numbers",
    "read_rating",
    "read_time",
    "rows_that_meet",
]
