"""Where data live: a local folder, a prefix of an object store, or a database."""

from forestall.locations.address import Location, full_address, is_remote, location_of
from forestall.locations.database import Database
from forestall.locations.object_store import ChangedError, NoAnswerError, Prefix

__all__ = [
    "ChangedError",
    "Database",
    "Location",
    "NoAnswerError",
    "Prefix",
    "full_address",
    "is_remote",
    "location_of",
]
