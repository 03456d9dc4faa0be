"""Standards: how often the committed time of an interaction, and the standard of its venue or channel, was met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

import polars as pl

from forestall.data_report.finding import MAPPING, MODEL, Finding, may_be_shown, yaml_line
from forestall.data_report.records import Records
from forestall.model import Spec
from forestall.moment_features.standards import Standards as Set
from forestall.moments.moments import ENDS
from forestall.reporting.text.formats import duration, number, percent

_MIN_ROWS = 50
_NEVER, _ALWAYS, _MANY = 0.02, 0.98, 0.01
_USUAL_S = (
    30,
    45,
    60,
    90,
    120,
    180,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14_400,
    28_800,
    86_400,
    172_800,
    432_000,
)
_SETTLED = ("resolved", "delivered", *ENDS)


@dataclass(frozen=True)
class Met:
    """How often a time was kept in a group.

    Parameters
    ----------
    name
        The channel, or `all`.
    n
        Interactions whose time is known.
    standard_s
        The standard, seconds; None if it differs within the group.
    median_s
        The median time, seconds.
    met
        The share that kept it.
    """

    name: str
    n: int
    standard_s: float | None
    median_s: float
    met: float


@dataclass(frozen=True)
class Standards:
    """Standards and committed times.

    Parameters
    ----------
    n, n_promised, n_bad_promises
        Interactions, those with `promised_at`, and those where it is not after the start.
    n_settled, promise_met
        Interactions with `promised_at` that were settled, and the share that was settled by then (None without any).
    waits
        With a model: how often the wait was within its standard, for all and by channel.
    findings
        What was found.
    """

    n: int
    n_promised: int
    n_bad_promises: int
    n_settled: int
    promise_met: float | None
    waits: list[Met]
    findings: list[Finding]


def standards(records: Records, spec: Spec | None) -> Standards | None:
    """Return how often promises and standards were met; None without a clock."""
    if not records.has_clock:
        return None
    own = records.tables.interactions.select("promised_at", "channel", "venue")
    rows = records.starts.select("place", "started_at").hstack(own)
    settled = (
        records.events.filter(pl.col("kind").is_in(_SETTLED))
        .group_by("place")
        .agg(settled_at=pl.col("at").min())
    )
    promised = rows.filter(pl.col("promised_at").is_not_null()).join(settled, on="place", how="left")
    done = promised.filter(pl.col("settled_at").is_not_null())
    met = (done["settled_at"] <= done["promised_at"]).mean()
    found = Standards(
        records.n,
        promised.height,
        int((promised["promised_at"] <= promised["started_at"]).sum()),
        done.height,
        float(met) if isinstance(met, float) else None,
        [] if spec is None else _waits(records, rows, spec.standards),
        [],
    )
    found.findings.extend(_findings(found))
    if spec is not None:
        found.findings.extend(_misspelt(rows, spec.standards))
    return found


def _misspelt(rows: pl.DataFrame, wanted: Set) -> Iterator[Finding]:
    """Yield the standards of channels and venues that no interaction has, where another has nearly the name."""
    for column, own in (("channel", wanted.channels), ("venue", wanted.venues)):
        names = rows[column].drop_nulls().unique().to_list() if may_be_shown(rows[column]) else []
        for name in sorted(set(own).difference(names)):
            near = get_close_matches(name, set(names).difference(own), n=1)
            if near:
                yield Finding(
                    "standards",
                    "warning",
                    f"model.yaml has a standard for the {column} {name}, which no interaction has; did you "
                    f"mean {near[0]}?",
                    f"The interactions of this {column} are compared with the default standard.",
                    MODEL,
                    yaml_line("standards", {f"{column}s": {near[0]: own[name]}}),
                )


def _waits(records: Records, rows: pl.DataFrame, wanted: Set) -> list[Met]:
    """Return how often the wait was within the standard, for all and by channel."""
    pairs = rows.select("venue", "channel").unique()
    usual = [wanted.of(*pair) for pair in pairs.iter_rows()]
    waits = (
        rows.with_columns(records.milestones["wait_end"])
        .drop_nulls("wait_end")
        .join(
            pairs.with_columns(usual_s=pl.Series(usual, dtype=pl.Float64)),
            on=["venue", "channel"],
            how="left",
            nulls_equal=True,
        )
        .with_columns(
            wait_s=((pl.col("wait_end") - pl.col("started_at")).dt.total_microseconds() / 1e6).clip(0),
            own_s=(pl.col("promised_at") - pl.col("started_at")).dt.total_microseconds() / 1e6,
        )
        .with_columns(standard_s=pl.when(pl.col("own_s") > 0).then("own_s").otherwise("usual_s"))
    )
    figures = {
        "n": pl.len(),
        "standard_s": pl.when(pl.col("standard_s").n_unique() == 1).then(pl.col("standard_s").first()),
        "median_s": pl.col("wait_s").median(),
        "met": (pl.col("wait_s") <= pl.col("standard_s")).mean(),
    }
    if not waits.height:
        return []
    groups = [waits.select(name=pl.lit("all"), **figures)]
    if may_be_shown(rows["channel"]) and waits["channel"].n_unique() > 1:
        by_channel = waits.group_by(name=pl.col("channel").fill_null("unknown")).agg(**figures)
        groups.append(by_channel.sort(["n", "name"], descending=[True, False]).select(groups[0].columns))
    return [Met(*row) for group in groups for row in group.iter_rows()]


def _findings(found: Standards) -> Iterator[Finding]:
    if found.n_bad_promises:
        share = found.n_bad_promises / found.n_promised
        yield Finding(
            "standards",
            "warning" if share > _MANY else "note",
            f"In {number(found.n_bad_promises)} of {number(found.n_promised)} interactions with a committed "
            f"time ({percent(share, 1)}) it is not after the start.",
            "Such a commitment is broken before it begins. The forms or zones of the two times differ, or "
            "the committed time was changed later.",
            MAPPING,
            yaml_line("interactions", {"promised_at": {"column": "…", "format": "%d/%m/%Y %H:%M"}}),
        )
    met = found.promise_met
    if met is not None and found.n_settled >= _MIN_ROWS and not _NEVER <= met <= _ALWAYS:
        yield Finding(
            "standards",
            "warning",
            f"The committed time was kept in {percent(met, 1)} of {number(found.n_settled)} settled "
            "interactions.",
            "A commitment that is nearly always or nearly never kept says little about a customer. Check "
            "that promised_at is what the customer was told, and not the time of the answer itself.",
        )
    for one in found.waits:
        is_all = one.name == "all"
        if one.n < _MIN_ROWS or _NEVER <= one.met <= _ALWAYS or (not is_all and one.standard_s is None):
            continue
        standard = "its standard" if one.standard_s is None else f"the standard of {duration(one.standard_s)}"
        fitting = min(_USUAL_S, key=lambda usual: abs(usual - one.median_s))
        key = {"default": fitting} if is_all else {"channels": {one.name: fitting}}
        yield Finding(
            "standards",
            "warning" if is_all else "note",
            f"The wait of {number(one.n)} interactions{'' if is_all else f' in the channel {one.name}'} was "
            f"within {standard} in {percent(one.met, 1)}; the median wait is {duration(one.median_s)}.",
            "With such a standard, “breached” is nearly the same for everyone and the model learns little "
            "from it. Set what the company really commits to.",
            MODEL,
            yaml_line("standards", key, "seconds; near the median wait"),
        )
