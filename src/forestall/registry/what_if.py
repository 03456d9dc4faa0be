"""The answer to a what-if question: the risk at each moment, had facts been otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from forestall.model.what_if import NOTE, ask
from forestall.registry.loaded_model import LoadedModel
from forestall.registry.score_rows import of_moments


def with_what_if(
    explanation: dict[str, Any],
    model: LoadedModel,
    records: Sequence[Mapping[str, Any]],
    times: Sequence[int],
    changes: Mapping[str, Any],
    language: str,
) -> dict[str, Any]:
    """Return an explanation with the answer to a what-if question.

    Parameters
    ----------
    explanation
        A result of `registry.score_rows.explained`.
    model
        The model.
    records
        The interaction's record at each moment of the explanation.
    times
        These moments, microseconds since 1970, UTC.
    changes
        By feature the value that it would have had.
    language
        The language of the reasons.

    Returns
    -------
    dict
        Also `what_if`, with `changes`, `bounded` and `note`; and at each moment `what_if`: when the moment would have
        been, its risk with interval and band, data_quality, and the reasons.

    Raises
    ------
    UsageError
        See `forestall.model.what_if.ask`.
    """
    otherwise = ask(model.risk_model, records[-1], changes)
    changed = [otherwise.record(record, at) for record, at in zip(records, times, strict=True)]
    rows = model.score_rows(changed, reasons=True, language=language, run_id=None, scored_at=None)
    moments = [
        {**moment, "what_if": answer}
        for moment, answer in zip(explanation["moments"], of_moments(rows), strict=True)
    ]
    question = {"changes": otherwise.changes, "bounded": otherwise.bounded, "note": NOTE}
    return {**explanation, "what_if": question, "moments": moments}
