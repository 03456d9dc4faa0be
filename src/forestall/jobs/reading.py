"""Reading a job's tables, with the rejected rows written before any limit stops the job."""

from __future__ import annotations

import logging
from pathlib import Path

from forestall.data import Tables, read_tables
from forestall.defaults import MAX_REJECTED
from forestall.model.spec import Spec

log = logging.getLogger(__name__)

ALL = 1.0


def read_data(
    data: Tables | str | Path,
    *,
    spec: Spec | None = None,
    max_rejected: float = MAX_REJECTED,
    rejected: Path | None = None,
) -> Tables:
    """Return the tables of a job.

    Parameters
    ----------
    data
        A data folder, or tables.
    spec
        Whose scale the ratings must be on.
    max_rejected
        The largest share of a table that may be rejected.
    rejected
        Where rejected rows are written, one file a table; also when they are too many.

    Raises
    ------
    InputError
        A table is missing or not as it must be, or more rows were rejected than may be.
    """
    tables = data if isinstance(data, Tables) else read_tables(data, max_rejected=ALL)
    if spec is not None and spec.label.scale is not None:
        tables = tables.reject_off_scale(*spec.label.scale)
    if rejected is not None:
        tables.rejections.write(rejected)
    tables.rejections.check(max_rejected)
    return tables
