"""The score rows of a request's records, computed some records at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from forestall.errors import RecordError
from forestall.model import RiskModel
from forestall.server.errors import RequestError, bad_request
from forestall.server.limits import n_items
from forestall.server.wire_format import ScoringRequest

AT_ONCE, ITEMS_AT_ONCE = 2_500, 100_000
"""Records, and items of their lists, that are scored before it is asked whether somebody still waits. Fewer at a time
take longer in all."""


def score(request: ScoringRequest, model: RiskModel, is_over: threading.Event) -> dict[str, Sequence[Any]]:
    """Return the columns of the score rows of records; the rows do not depend on how many are scored at a time.

    Parameters
    ----------
    request
        The request.
    model
        The model that scores.
    is_over
        Set when nobody waits for the scores any more: the work then ends before the next records.

    Raises
    ------
    InputError
        A field of a record is not of its type.
    RequestError
        Nobody waits any more.
    """
    found: list[dict[str, Sequence[Any]]] = []
    for begin, records in _parts(request.records):
        if is_over.is_set():
            raise RequestError(504, "nobody waits for the scores any more")
        try:
            found.append(model.score_as_lists(records, reasons=request.reasons, language=request.language))
        except RecordError as error:
            raise bad_request(str(error.after(begin))) from None
    if len(found) == 1:
        return found[0]
    return {name: [value for part in found for value in part[name]] for name in found[0]}


def _parts(records: Sequence[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
    """Yield the records in parts, each with the place of its first record."""
    begin, n_held = 0, 0
    for place, record in enumerate(records):
        n = n_items(record)
        if place > begin and (place - begin >= AT_ONCE or n_held + n > ITEMS_AT_ONCE):
            yield begin, records[begin:place]
            begin, n_held = place, 0
        n_held += n
    yield begin, records[begin:] if begin else records
