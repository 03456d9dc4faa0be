"""Duplicates: interactions of one customer with the same start, and events that are recorded twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forestall.data.schemas import column_types
from forestall.data_report.finding import MAPPING, Finding, small_share, yaml_line
from forestall.data_report.records import Records
from forestall.reporting.text.formats import enumeration, number, percent

_MANY = 0.01
_LARGEST, _MOST_OF_ONE = 0.1, 200  # one person hardly makes a tenth of so many contacts


@dataclass(frozen=True)
class Duplicates:
    """Rows that are there twice.

    Parameters
    ----------
    n_same_start
        Interactions beyond the first of the same customer with the same start.
    n_with_customer
        Interactions whose customer is known.
    n_events
        Events beyond the first with the same interaction, time, kind, actor, text and value.
    by_kind
        The number of these events by kind, the most frequent first; kinds that may not be shown are left out.
    largest_share
        The share of the interactions with a customer that have the commonest one; 0 if none has.
    findings
        What was found.
    """

    n_same_start: int
    n_with_customer: int
    n_events: int
    by_kind: dict[str, int]
    largest_share: float
    findings: list[Finding]


def duplicates(records: Records) -> Duplicates | None:
    """Return the rows that are there twice; None without a clock, where rows of one time are usual."""
    if not records.has_clock:
        return None
    known = records.tables.interactions.select("customer_id", "started_at").drop_nulls()
    n_same = known.height - known.n_unique()
    events = records.tables.events.select(*column_types("events"))
    key = events.select("kind", row=pl.struct(pl.all()).hash())
    n_twice = events.height - key["row"].n_unique()
    by_kind: dict[str, int] = {}
    if n_twice:
        twice = key.filter(~pl.col("row").is_first_distinct()).group_by("kind").len("n")
        sorted_kinds = twice.sort(["n", "kind"], descending=[True, False])
        by_kind = {kind: n for kind, n in sorted_kinds.iter_rows() if kind in records.shown_kinds}
    largest = int(known["customer_id"].unique_counts().to_numpy().max(initial=0))
    found = Duplicates(n_same, known.height, n_twice, by_kind, largest / max(known.height, 1), [])
    found.findings.extend(_findings(found, events.height))
    return found


def _findings(found: Duplicates, n_events: int) -> Iterator[Finding]:
    if found.n_same_start:
        share = found.n_same_start / found.n_with_customer
        yield Finding(
            "duplicates",
            "warning" if share > _MANY else "note",
            f"{number(found.n_same_start)} interactions ({small_share(share)} of those with a customer) have "
            "the same customer and the same start as another one.",
            "The same contact is probably recorded under two keys. It then counts twice, and one of the two "
            "is in the customer's past of the other. Map the key that both share.",
            MAPPING,
            yaml_line("interactions", {"interaction_id": "…"}, "the key of the contact, not of its record"),
        )
    if found.n_with_customer >= _MOST_OF_ONE and found.largest_share > _LARGEST:
        yield Finding(
            "duplicates",
            "warning",
            f"{percent(found.largest_share)} of the {number(found.n_with_customer)} interactions with a customer "
            "have the same one.",
            "If it stands for unknown customers, such as a word for guests, the past of all of them is taken for "
            "that of one person, and intervals of figures are too wide or cannot be computed. Make it empty.",
            MAPPING,
            yaml_line("missing", ["…"], "what stands for an unknown customer"),
        )
    if found.n_events:
        share = found.n_events / n_events
        kinds = [f"{kind} {number(n)}" for kind, n in list(found.by_kind.items())[:5]]
        yield Finding(
            "duplicates",
            "warning" if share > _MANY else "note",
            f"{number(found.n_events)} events ({small_share(share)}) repeat another one in all columns"
            + (f": {enumeration(kinds)}." if kinds else "."),
            "Counts of these events are too high, unless the mapping makes several events of a count on "
            "purpose (times). Export each event once.",
        )
