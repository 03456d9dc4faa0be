"""Coverage: for which share of the interactions each family of features has its facts, over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from forestall.data_report.context_columns import with_context
from forestall.data_report.drawn_customers import drawn_tables
from forestall.data_report.finding import MAPPING, Finding, shown_name, yaml_line
from forestall.data_report.records import Records
from forestall.data_report.sources_of_facts import missing_facts
from forestall.model import Spec
from forestall.moment_features import Family, Standards, feature_table
from forestall.reporting.text.formats import enumeration, number, percent

MAX_ROWS = 20_000
"""Coverage is measured on the interactions of drawn customers, at most so many."""
_MIN_PER_PERIOD, _MIN_PERIODS = 20, 5
_LITTLE, _MUCH, _LATE = 0.1, 0.05, 0.9
_MAX_NAMED = 8


@dataclass(frozen=True)
class FamilyCoverage:
    """The features of one family.

    Parameters
    ----------
    family
        Its name.
    n_features, never
        The number of its features, and the names of those that are null for every interaction.
    known
        The mean share of its features that are known at the end of an interaction.
    by_period
        The same by period.
    missing
        What the features that are never known lack: columns, kinds of events, texts; with the number of features.
    """

    family: str
    n_features: int
    never: list[str]
    known: float
    by_period: list[float | None]
    missing: dict[str, int]


@dataclass(frozen=True)
class Change:
    """A fact that is recorded only in a part of the time.

    Parameters
    ----------
    fact
        A column of `interactions` or a kind of event.
    begins, ends
        The first period in which it is recorded, if it begins late; the last one, if it ends early.
    share
        The usual share of the interactions with it.
    """

    fact: str
    begins: str
    ends: str
    share: float


@dataclass(frozen=True)
class Coverage:
    """Coverage of the families.

    Parameters
    ----------
    n_drawn
        The number of interactions that it was measured on.
    periods
        The periods, by the start.
    families
        The families.
    changes
        Facts that begin late or end early.
    findings
        What was found.
    """

    n_drawn: int
    periods: list[str]
    families: list[FamilyCoverage]
    changes: list[Change]
    findings: list[Finding]


def coverage(records: Records, families: Sequence[Family], spec: Spec | None) -> Coverage:
    """Return for which share of the interactions each family has its facts, by the features themselves."""
    drawn, faults = with_context(drawn_tables(records.tables, MAX_ROWS), spec)
    chosen = [family for family in families if family.features]
    table = feature_table(drawn, standards=spec.standards if spec else Standards(), families=chosen)
    known = table.join(records.starts.select("interaction_id", "period"), on="interaction_id")
    periods = _periods(known) if records.has_clock else []
    found = Coverage(
        known.height,
        periods,
        [_family(family, known, periods, records, spec) for family in chosen],
        list(_changes(records)) if records.has_clock else [],
        faults,
    )
    found.findings.extend(_findings(found))
    return found


def _periods(known: pl.DataFrame) -> list[str]:
    counts = known.drop_nulls("period").group_by("period").len("n").sort("period")
    return counts.filter(pl.col("n") >= min(_MIN_PER_PERIOD, known.height // 50))["period"].to_list()


def _family(
    family: Family, known: pl.DataFrame, periods: Sequence[str], records: Records, spec: Spec | None
) -> FamilyCoverage:
    columns = [family.column(feature) for feature in family.features]
    share = pl.mean_horizontal(pl.col(name).is_not_null() for name in columns).mean()
    by_period = dict(known.group_by("period").agg(share=share).iter_rows())
    nulls = known.select(pl.col(columns).null_count()).row(0)
    never = [name for name, n in zip(columns, nulls, strict=True) if n == known.height]
    standards = spec.standards if spec else Standards()
    lacking = Counter(
        fact
        for feature in family.features
        if family.column(feature) in never
        for fact in missing_facts(feature, records, standards)
    )
    return FamilyCoverage(
        family.name,
        len(columns),
        never,
        float(known.select(share=share).item()),
        [by_period.get(period) for period in periods],
        dict(sorted(lacking.items(), key=lambda one: (-one[1], one[0]))),
    )


def _changes(records: Records) -> Iterator[Change]:
    """Yield columns and kinds of events that begin late or end early."""
    starts = records.starts.drop_nulls("period")
    n = starts.group_by("period").len("n").sort("period")
    enough = n.filter(pl.col("n") >= _MIN_PER_PERIOD)
    if enough.height < _MIN_PERIODS:
        return
    own = records.tables.interactions.drop("interaction_id", "started_at")
    filled = (
        records.starts.select("period")
        .hstack(own)
        .group_by("period")
        .agg((pl.exclude("period").is_not_null()).mean())
    )
    at_all = enough.select("period").join(filled, on="period", how="left", maintain_order="left")
    for name in own.columns:
        yield from _change(
            f"the column {shown_name(name)}", enough["period"].to_list(), at_all[name].to_list()
        )
    firsts = (
        records.events.group_by("place", "kind")
        .agg(at=pl.col("at").min())
        .join(starts, on="place", how="inner")
    )
    late = (pl.col("at") - pl.col("started_at")).quantile(_LATE, "nearest")
    for (kind,), rows in firsts.group_by("kind", maintain_order=True):
        # interactions whose event may still come do not count
        last = records.core[1] - rows.select(late=late).item()
        ready = enough.filter(pl.col("period").str.to_date() <= last.date())
        counts = rows.group_by("period").len("n_with")
        joined = ready.join(counts, on="period", how="left", maintain_order="left")
        shares = (joined["n_with"].fill_null(0) / joined["n"]).to_list()
        if len(shares) >= _MIN_PERIODS and kind in records.shown_kinds:
            yield from _change(f"the kind {kind}", ready["period"].to_list(), shares)


def _change(fact: str, periods: Sequence[str], shares: Sequence[float]) -> Iterator[Change]:
    there = [share for share in shares if share > 0]
    if not there:
        return
    usual = float(np.median(there))
    if usual < _MUCH:
        return
    is_there = [share >= _LITTLE * usual for share in shares]
    first, last = is_there.index(True), len(shares) - 1 - is_there[::-1].index(True)
    begins = periods[first] if first >= 2 else ""
    ends = periods[last] if len(shares) - 1 - last >= 2 else ""
    if begins or ends:
        yield Change(fact, begins, ends, usual)


def _findings(found: Coverage) -> Iterator[Finding]:
    for one in sorted(found.changes, key=lambda one: one.fact):
        parts = [
            *([f"begins with {one.begins}"] if one.begins else []),
            *([f"ends with {one.ends}"] if one.ends else []),
        ]
        yield Finding(
            "coverage",
            "warning",
            f"{one.fact[:1].upper()}{one.fact[1:]} {enumeration(parts)}; where it is recorded, "
            f"{percent(one.share)} of the interactions have it.",
            "The model learns from a time without this fact and is used in one with it, or the other way "
            "round. Map the fact for the whole time, or train on the time that has it.",
        )
    yield from _never_known(found.families)


def _never_known(families: Sequence[FamilyCoverage]) -> Iterator[Finding]:
    """Yield one finding on all features that are never known, and the facts that most of them lack."""
    n, n_never = sum(one.n_features for one in families), sum(len(one.never) for one in families)
    weak = [one for one in families if len(one.never) > one.n_features / 2]
    lacking: Counter[str] = Counter()
    for one in weak:
        lacking.update(one.missing)
    if not weak or not lacking:
        return
    facts = [f"{fact} ({number(count)})" for fact, count in lacking.most_common(_MAX_NAMED)]
    shares = [f"{one.family} {number(len(one.never))} of {number(one.n_features)}" for one in weak]
    yield Finding(
        "coverage",
        "warning" if any(len(one.never) == one.n_features for one in weak) else "note",
        f"{number(n_never)} of the {number(n)} features are never known, most of them in "
        f"{enumeration(shares)}.",
        f"What is not recorded cannot be learnt. Most often they lack {enumeration(facts)}; in brackets the "
        "number of features that read it.",
        MAPPING,
        _line(lacking.most_common(1)[0][0]),
    )


def _line(fact: str) -> str:
    """Return the line that maps a missing fact."""
    word, _, name = fact.partition(" ")
    if word == "column":
        return yaml_line("interactions", {name: "…"}, "the source's column")
    if word == "texts":
        return yaml_line(
            "events", [{"kind": "message", "at": "…", "actor": name.split(" ")[-1], "text": "…"}]
        )
    if word == "kind":
        return yaml_line("events", [{"kind": name, "at": "…"}])
    return yaml_line("feedback", {"rating": "…", "rated_at": "…"})
