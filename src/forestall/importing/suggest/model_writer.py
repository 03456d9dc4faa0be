"""The text of a first `model.yaml` for a suggested mapping."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forestall.importing.suggest.column_profile import share_of
from forestall.importing.suggest.decide_log import history_kinds
from forestall.importing.suggest.draft import Draft
from forestall.importing.suggest.flag_times import GAVE_UP
from forestall.importing.suggest.label_horizon import HORIZON_DAYS, horizon_days
from forestall.importing.suggest.mapping_writer import flow, one_line
from forestall.importing.suggest.name_words import plain_words
from forestall.importing.suggest.rating_evidence import RatingColumn
from forestall.importing.suggest.time_evidence import TimeColumn

NOT_IN_CONTEXT = frozenset({"as_of", "events", "history", "queue", "earlier_ratings"})
"""Names that `context` cannot list, because they are fields of every record."""
_FEWEST_BAD, _FEW_BAD, _MOST_BAD = 0.01, 0.1, 0.9
LABEL_EVENTS = (
    "complained",
    "churned",
    "escalated",
    "reopened",
    "refunded",
    "returned",
    "abandoned",
    GAVE_UP,
)


def label_event(draft: Draft) -> str | None:
    """Return the kind of event that can be predicted where there is no rating, or None."""
    kinds = {*draft.kinds(), *history_kinds(draft.events)}
    return next((kind for kind in LABEL_EVENTS if kind in kinds), None)


def write_model(draft: Draft, rating: RatingColumn | None, name: str, times: Mapping[str, TimeColumn]) -> str:
    """Return the text of `model.yaml`.

    Parameters
    ----------
    draft
        The mapping.
    rating
        The rating, or None.
    name
        The name of the file with the interactions: the model is named after it.
    times
        The times of the source by column.
    """
    lines = [
        "# A first model, suggested with the mapping: say what counts as dissatisfied, and what you promise."
    ]
    lines.append(f"name: {model_name(name)}")
    event = None if rating else label_event(draft)
    days = horizon_days(draft, times, event)
    if days < HORIZON_DAYS:
        lines.append(
            f"# nothing says when the outcome was known: it counts as known {days} days after the end"
        )
    lines += _label(event, rating, days)
    lines.append("standards: {default: 3600}  # question: within how many seconds must a customer be served?")
    kept = [column for column in draft.keep if column not in draft.known_at and column not in NOT_IN_CONTEXT]
    numeric = [column for column in kept if column in draft.numeric]
    context = {"categorical": [column for column in kept if column not in draft.numeric], "numeric": numeric}
    lines.append(
        "# Kept columns that look known from the start. Those under `known_at` can be added: they are null before."
    )
    lines.append(f"context: {flow(context)}")
    if draft.known_at:
        lines.append(f"# under `known_at`: {flow(sorted(draft.known_at))}")
    if "clock" in draft.settings:
        lines.append("moments: {per_interaction: 1}  # without times an interaction has one moment")
    return "\n".join(lines) + "\n"


def model_name(name: str) -> str:
    """Return the name of a model for a file.

    Examples
    --------
    >>> model_name("Ticket export (2024)")
    'ticket-export-2024-risk'
    """
    words = re.sub(r"[^a-z0-9]+", "-", "-".join(plain_words(name))).strip("-")
    return f"{words[:60] or 'customer'}-risk"


def _label(event: str | None, rating: RatingColumn | None, days: int) -> list[str]:
    if rating:
        scale = f"[{rating.scale[0]:g}, {rating.scale[1]:g}]"
        lines = [f"# question: {one_line(rating.question)}"] if rating.question else []
        scores = rating.score.drop_nulls().sort()
        bad, share = rating.bad, share_of(scores <= rating.bad)
        if share < _FEWEST_BAD and len(scores):
            lines.append(
                f"# question: which ratings are bad? Only {share:.1%} are {bad:g} or less, the lowest is {scores[0]:g}"
            )
            worse = scores.filter(scores < rating.scale[1])  # the best rating is never a bad one
            bad = float(worse[int(_FEW_BAD * (len(worse) - 1))]) if len(worse) else bad
            share = share_of(scores <= bad)
        elif share > _MOST_BAD:
            lines.append(
                f"# question: is the scale right, and is {rating.scale[1]:g} the best? Nearly all would be dissatisfied"
            )
        note = f"{share:.1%} of the ratings looked at count as dissatisfied"
        return [
            *lines,
            f"label: {{scale: {scale}, dissatisfied_at_or_below: {bad:g}, horizon_days: {days}}}  # {note}",
        ]
    if event:
        return [
            "# question: the sources have no rating; is this the event to predict?",
            f"label: {{event: {event}, horizon_days: {days}}}",
        ]
    return [
        "# question: the sources have neither a rating nor an event of an unhappy customer; what is to be predicted?",
        f"label: {{event: complained, horizon_days: {days}}}",
    ]
