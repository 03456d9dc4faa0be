"""Ten example interactions: true alarms, missed ones, false alarms, and true negatives."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

KINDS = {
    "caught": ("alarm, dissatisfied", 4),
    "missed": ("no alarm, dissatisfied", 2),
    "false": ("alarm, not dissatisfied", 2),
    "quiet": ("no alarm, not dissatisfied", 2),
}


@dataclass(frozen=True)
class Step:
    """One moment: seconds after the start, the kinds of its events, the risk, and its reasons in words."""

    after_s: float
    happened: str
    risk: float
    reasons: list[str]


@dataclass(frozen=True)
class Example:
    """One interaction, moment by moment.

    Parameters
    ----------
    interaction_id
        Its key in the data.
    kind
        One of `KINDS`.
    about
        Its channel, venue and product category.
    rating
        The rating of the customer; NaN if the label is not a rating.
    steps
        Its moments in order.
    """

    interaction_id: str
    kind: str
    about: str
    rating: float
    steps: list[Step]


def choose_examples(walk: pl.DataFrame, alarm: float) -> dict[str, list[str]]:
    """Return by kind the keys of the interactions to show, at most one of each venue.

    Alarms with the highest risk at the end are shown, and interactions without an alarm with the lowest.

    Parameters
    ----------
    walk
        In the form of `earliness`, with `is_last` and, if known, `venue`.
    alarm
        The threshold: from this risk on, an alarm is given.
    """
    last = walk.filter(pl.col("is_last"), pl.col("label").is_not_null(), pl.col("risk").is_not_null())
    is_alarm, is_bad = pl.col("risk") >= alarm, pl.col("label") == 1
    wanted = {
        "caught": (is_alarm & is_bad, True),
        "missed": (~is_alarm & is_bad, False),
        "false": (is_alarm & ~is_bad, True),
        "quiet": (~is_alarm & ~is_bad, False),
    }
    found = {}
    for kind, (where, descending) in wanted.items():
        rows = last.filter(where).sort("risk", "interaction_id", descending=[descending, False])
        if "venue" in rows.columns:
            rows = rows.unique("venue", keep="first", maintain_order=True)
        found[kind] = rows["interaction_id"].head(KINDS[kind][1]).to_list()
    return found


def examples(walk: pl.DataFrame, reasons: pl.DataFrame, kinds: dict[str, list[str]]) -> list[Example]:
    """Return the chosen interactions, moment by moment.

    Parameters
    ----------
    walk
        In the form of `earliness`, with `kinds` (a list of the kinds of event at the moment) and, if known, rating,
        channel, venue and product_category.
    reasons
        interaction_id, as_of and `reasons` (a list of texts) of these moments.
    kinds
        The result of `choose_examples`.
    """
    both = walk.join(reasons, on=["interaction_id", "as_of"], how="left", maintain_order="left")
    made = []
    for kind, names in kinds.items():
        for name in names:
            rows = both.filter(pl.col("interaction_id") == name).sort("as_of")
            first = rows.row(0, named=True)
            about = [
                first[column] for column in ("channel", "venue", "product_category") if first.get(column)
            ]
            rating = first.get("rating")
            steps = [_step(row) for row in rows.iter_rows(named=True) if row["risk"] is not None]
            made.append(
                Example(
                    name, kind, ", ".join(about), float("nan") if rating is None else float(rating), steps
                )
            )
    return made


def _step(row: dict[str, object]) -> Step:
    seconds = (row["as_of"] - row["started_at"]).total_seconds()  # type: ignore[operator]
    happened = row["kinds"] or []
    said = ", ".join(str(kind).replace("_", " ") for kind in happened)  # type: ignore[attr-defined]
    return Step(seconds, said, float(row["risk"]), list(row["reasons"] or []))  # type: ignore[arg-type, call-overload]
