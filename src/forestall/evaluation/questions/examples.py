"""Ten interactions to look at: right alarms, misses, false alarms and rightly quiet ones."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

KINDS = {
    "caught": ("alarm, and unhappy", 4),
    "missed": ("no alarm, but unhappy", 2),
    "false": ("alarm, but not unhappy", 2),
    "quiet": ("no alarm, and not unhappy", 2),
}


@dataclass(frozen=True)
class Step:
    """One moment: seconds after the start, what happened at it, the risk, and its reasons in words."""

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
        Where and about what.
    rating
        What the customer said, NaN where the label is no rating.
    steps
        Its moments in order.
    """

    interaction_id: str
    kind: str
    about: str
    rating: float
    steps: list[Step]


def chosen(walk: pl.DataFrame, alarm: float) -> dict[str, list[str]]:
    """Return by kind the interactions to show: those whose risk at the end is most telling, of different venues.

    Parameters
    ----------
    walk
        In the form of `earliness`, with `is_last` and, if known, `venue`.
    alarm
        The risk from which on an alarm is given.
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
    """Return the interactions chosen, moment by moment.

    Parameters
    ----------
    walk
        In the form of `earliness`, with `kinds` (a list of what happened at the moment), `rating`, and what tells
        what an interaction is about: channel, venue, product_category.
    reasons
        interaction_id, as_of and `reasons` (a list of texts) of their moments.
    kinds
        What `chosen` returned.
    """
    both = walk.join(reasons, on=["interaction_id", "as_of"], how="left", maintain_order="left")
    made = []
    for kind, names in kinds.items():
        for name in names:
            rows = both.filter(pl.col("interaction_id") == name).sort("as_of")
            first = rows.row(0, named=True)
            told = [first[column] for column in ("channel", "venue", "product_category") if first.get(column)]
            rating = first.get("rating")
            steps = [_step(row) for row in rows.iter_rows(named=True) if row["risk"] is not None]
            made.append(
                Example(name, kind, ", ".join(told), float("nan") if rating is None else float(rating), steps)
            )
    return made


def _step(row: dict[str, object]) -> Step:
    seconds = (row["as_of"] - row["started_at"]).total_seconds()  # type: ignore[operator]
    happened = row["kinds"] or []
    said = ", ".join(str(kind).replace("_", " ") for kind in happened)  # type: ignore[attr-defined]
    return Step(seconds, said, float(row["risk"]), list(row["reasons"] or []))  # type: ignore[arg-type, call-overload]
