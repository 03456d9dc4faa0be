"""Addresses of data: what a user writes becomes a location."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from forestall.errors import UsageError, must_be
from forestall.locations.database import SCHEMES as DATABASES
from forestall.locations.database import Database
from forestall.locations.object_store import Prefix
from forestall.locations.store_settings import SCHEMES as STORES

Location: TypeAlias = Path | Prefix | Database
"""A local folder or file, a prefix or an object of an object store, or a database."""

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
# `Path("s3://bucket")` is `s3:/bucket`: the address is no longer in it
_BROKEN = re.compile(rf"({'|'.join([*STORES, *DATABASES])}):/(?!/)")


def is_remote(address: object) -> bool:
    """Return whether an address is that of an object store or a database, not a path."""
    found = _ADDRESS.match(address) if isinstance(address, str) else None
    return found is not None and found[1].lower() != "file"


def location_of(address: str | Path | Prefix | Database) -> Location:
    """Return the location of an address; a location is returned unchanged.

    Parameters
    ----------
    address
        A path, `s3://bucket/prefix`, `gs://bucket/prefix`, `az://container/prefix` or `postgresql://host/database`.

    Raises
    ------
    UsageError
        It is the address of something else, or holds a secret that belongs into the environment.

    Examples
    --------
    >>> location_of("s3://company/every-night")
    Prefix(address='s3://company/every-night')
    >>> str(location_of("postgresql://reader:secret@db.example/crm"))
    'postgresql://reader@db.example/crm'
    """
    if isinstance(address, Prefix | Database):
        return address
    if not isinstance(address, str | PathLike):
        raise UsageError(
            must_be(
                "a place of data", "a path or an address", type(address).__name__,
                do="frames are given as forestall.Tables(interactions, events, feedback)",
            )
        )  # fmt: skip
    broken = _BROKEN.match(str(address))
    if broken:
        raise UsageError(
            f"an address such as {broken[1]}://… must be given as text, a path was made of it; leave out Path(…)"
        )
    found = _ADDRESS.match(address) if isinstance(address, str) else None
    if not isinstance(address, str) or found is None:
        return Path(address)
    scheme = found[1].lower()
    if scheme in STORES:
        return Prefix.of(address)
    if scheme in DATABASES:
        return Database.of(address)
    if scheme == "file":
        return Path(unquote(urlsplit(address).path))
    known = ", ".join(f"{one}://" for one in (*STORES, DATABASES[0]))
    raise UsageError(must_be("the address of data", f"a path, or begin with one of {known}", f"{scheme}://"))


def full_address(location: Location) -> str:
    """Return the address by which a location is found from any working folder. It holds no password."""
    return str(location.resolve() if isinstance(location, Path) else location)
