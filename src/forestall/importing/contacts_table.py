"""The table of contacts that an import passes on as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from forestall.data.schemas import CONTACTS
from forestall.data.storage import read_parquet
from forestall.errors import UsageError
from forestall.importing.mapping import Mapping


def take_contacts(
    plan: Mapping, sources: Sequence[str | Path]
) -> tuple[list[str | Path], pl.DataFrame | None]:
    """Return the sources that the mapping reads, and the table of contacts, None if there is none."""
    mark = f"{CONTACTS}="
    found = [] if CONTACTS in plan.tables else [one for one in sources if str(one).startswith(mark)]
    if len(found) > 1:
        raise UsageError(f"{CONTACTS}=FILE must be given once, is given {len(found)} times; give one file")
    table = read_parquet(Path(str(found[0]).removeprefix(mark))) if found else None
    return [one for one in sources if one not in found], table
