"""The answer to a what-if question: the risk at each moment, had facts been otherwise."""

from __future__ import annotations

from typing import Any

import polars as pl

from forestall.model.what_if import NOTE, Otherwise
from forestall.registry.score_rows import of_moments


def with_what_if(explanation: dict[str, Any], otherwise: Otherwise, scores: pl.DataFrame) -> dict[str, Any]:
    """Return an explanation with the answer to a what-if question.

    Parameters
    ----------
    explanation
        A result of `registry.score_rows.explained`.
    otherwise
        The interaction with facts changed.
    scores
        The score of each moment of the explanation, had the facts been otherwise.

    Returns
    -------
    dict
        Also `what_if`, with `changes`, `bounded` and `note`; and at each moment `what_if`: when the moment would have
        been, its risk with interval and band, data_quality, and the reasons.
    """
    moments = [
        {**moment, "what_if": answer}
        for moment, answer in zip(explanation["moments"], of_moments(scores), strict=True)
    ]
    question = {"changes": otherwise.changes, "bounded": otherwise.bounded, "note": NOTE}
    return {**explanation, "what_if": question, "moments": moments}
