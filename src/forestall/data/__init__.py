"""The company's records: three checked tables, the table of contacts if there is one, and their rejected rows."""

from forestall.data.check import check_tables
from forestall.data.data_folder import new_folder
from forestall.data.reading import read_tables
from forestall.data.rejections import Rejections
from forestall.data.schemas import CORE_KINDS
from forestall.data.storage import write_about
from forestall.data.tables import Tables

__all__ = [
    "CORE_KINDS",
    "Rejections",
    "Tables",
    "check_tables",
    "new_folder",
    "read_tables",
    "write_about",
]
