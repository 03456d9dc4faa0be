"""Label preview: who counts as dissatisfied, and how many interactions are labelled, censored and undecided."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forestall.data_report.finding import MAX_WORDS, MODEL, Finding, yaml_line
from forestall.data_report.records import Records
from forestall.model import Spec
from forestall.reporting.text.formats import number, percent
from forestall.training.labelled_moments import labelled_moments

_RARE, _COMMON, _MOST = 0.01, 0.6, 0.5
_FEWEST = 30  # ratings, to judge the scale by them
_LOW_SHARE = 0.4  # of a scale, the part that is proposed as dissatisfied


@dataclass(frozen=True)
class Labels:
    """The label.

    Parameters
    ----------
    meaning
        Who counts as dissatisfied, in words; empty without a model.
    counts
        Numbers of interactions: labelled, dissatisfied, censored, undecided and what else is counted. Empty without a
        model.
    base_rate
        The share of the labelled interactions that are dissatisfied; None without any.
    ratings
        The number of each rating; empty if there are more than 20 different ones.
    dissatisfied_at_or_below
        The highest rating that counts as dissatisfied, if the label is a rating.
    periods, base_rates
        The base rate by the period of the start.
    findings
        What was found.
    """

    meaning: str
    counts: dict[str, int]
    base_rate: float | None
    ratings: dict[str, int]
    dissatisfied_at_or_below: float | None
    periods: list[str]
    base_rates: list[float]
    findings: list[Finding]


def labels(records: Records, spec: Spec | None) -> Labels:
    """Return who counts as dissatisfied and how many are labelled; without a model only the ratings."""
    ratings = _ratings(records)
    if spec is None:
        found = Labels("", {}, None, ratings, None, [], [], [])
        found.findings.extend(_proposal(records))
        return found
    one_each = spec.model_copy(update={"moments": spec.moments.model_copy(update={"per_interaction": 1})})
    moments, counts = labelled_moments(records.tables, one_each)
    n, n_bad = counts["labelled"], counts["dissatisfied"]
    by_period = (
        moments.group_by("interaction_id")
        .agg(pl.col("label").max())
        .join(records.starts.select("interaction_id", "period").drop_nulls(), on="interaction_id")
        .group_by("period")
        .agg(share=pl.col("label").mean())
        .sort("period")
    )
    shown = by_period if records.has_clock else by_period.head(0)
    found = Labels(
        _meaning(spec),
        counts,
        n_bad / n if n else None,
        ratings,
        spec.label.dissatisfied_at_or_below,
        shown["period"].to_list(),
        shown["share"].to_list(),
        [],
    )
    found.findings.extend(_findings(found, records, spec))
    return found


def _ratings(records: Records) -> dict[str, int]:
    counts = records.ratings["rating"].value_counts(name="n").sort("rating")
    if counts.height > MAX_WORDS:
        return {}
    return {f"{rating:g}": n for rating, n in counts.iter_rows()}


def _meaning(spec: Spec) -> str:
    label = spec.label
    within = f"within {label.horizon_days:g} days"
    if label.event is not None:
        return f"the event “{label.event}” {within}"
    assert label.scale is not None
    low, high = label.scale
    most = label.dissatisfied_at_or_below
    return f"a rating of {most:g} or less, on a scale of {low:g} to {high:g}, {within}; a higher one is satisfied"


def _proposal(records: Records) -> Iterator[Finding]:
    """Yield the line of model.yaml that fits the ratings, if there are any."""
    ratings = records.ratings["rating"]
    low, high = ratings.min(), ratings.max()
    if not isinstance(low, float) or not isinstance(high, float) or low == high:
        return
    border = low + _LOW_SHARE * (high - low)
    border = float(ratings.filter(ratings <= border).max())  # type: ignore[arg-type]  # the lowest is among them
    share = float((ratings <= border).sum()) / len(ratings)
    label = {
        "scale": [_plain(low), _plain(high)],
        "dissatisfied_at_or_below": _plain(border),
        "horizon_days": 30,
    }
    yield Finding(
        "labels",
        "note",
        f"Ratings go from {low:g} to {high:g}. If {border:g} or less counts as dissatisfied, "
        f"{percent(share, 1)} of the ratings do.",
        "A model needs a definition of dissatisfied. Check that a low rating is a bad one, and where the "
        "border is.",
        MODEL,
        yaml_line("label", label),
    )


def _plain(value: float) -> float | int:
    return int(value) if value.is_integer() else round(value, 3)


def _findings(found: Labels, records: Records, spec: Spec) -> Iterator[Finding]:
    label, gate, counts = spec.label, spec.gate, found.counts
    n, n_bad = counts["labelled"], counts["dissatisfied"]
    kinds = records.tables.events["kind"].unique().to_list()
    if label.event is not None and label.event not in kinds:
        near = difflib.get_close_matches(label.event, kinds, n=1)
        yield Finding(
            "labels",
            "error",
            f"The model predicts the event {label.event}, and there is no such event.",
            "Nobody counts as dissatisfied, so nothing can be learnt.",
            MODEL,
            yaml_line(
                "label",
                {"event": near[0] if near else "complained", "horizon_days": label.horizon_days},
                "a kind that is recorded",
            ),
        )
        return
    if n < gate.min_labelled or n_bad < gate.min_dissatisfied:
        yield Finding(
            "labels",
            "error",
            f"{number(n)} interactions are labelled, {number(n_bad)} of them dissatisfied; the gate asks for "
            f"{number(gate.min_labelled)} and {number(gate.min_dissatisfied)}.",
            "Training stops. Collect more, or try with --allow-small: such a version is never promoted.",
            MODEL,
            yaml_line("label", _label_line(spec), "count more as dissatisfied, if that is what you mean")
            if n >= gate.min_labelled
            else "",
        )
    if found.base_rate is not None and not _RARE <= found.base_rate <= _COMMON:
        side = "few" if found.base_rate < _RARE else "many"
        yield Finding(
            "labels",
            "warning",
            f"{percent(found.base_rate, 1)} of the labelled interactions count as dissatisfied.",
            f"That is very {side}. Check where the border is, and that a low rating is a bad one.",
            MODEL,
            yaml_line("label", _label_line(spec)),
        )
    yield from _half_of_scale(records, spec)
    undecided = counts.get("undecided", 0)
    if undecided > _MOST * records.n:
        yield Finding(
            "labels",
            "warning",
            f"{number(undecided)} of {number(records.n)} interactions are undecided: their horizon of "
            f"{label.horizon_days:g} days ends after the records.",
            "They are not learnt from. A shorter horizon decides more of them.",
            MODEL,
            yaml_line("label", {**_label_line(spec), "horizon_days": max(round(label.horizon_days / 2), 1)}),
        )


def _half_of_scale(records: Records, spec: Spec) -> Iterator[Finding]:
    """Yield a finding if all ratings lie in one half of the scale: it may be another one."""
    low, high = records.ratings["rating"].min(), records.ratings["rating"].max()
    if spec.label.scale is None or not isinstance(low, float) or not isinstance(high, float) or low == high:
        return
    if records.ratings.height < _FEWEST:
        return
    middle = sum(spec.label.scale) / 2
    if low > middle or high < middle:
        first, last = spec.label.scale
        yield Finding(
            "labels",
            "warning",
            f"All ratings lie from {low:g} to {high:g}, in one half of the scale from {first:g} to {last:g}.",
            "They may be on another scale, and the border of dissatisfied is then another one.",
            MODEL,
            yaml_line("label", {**_label_line(spec), "scale": [_plain(low), _plain(high)]}),
        )


def _label_line(spec: Spec) -> dict[str, object]:
    label = spec.label
    if label.event is not None:
        return {"event": label.event, "horizon_days": _plain(label.horizon_days)}
    assert label.scale is not None
    assert label.dissatisfied_at_or_below is not None
    low, high = label.scale
    return {
        "scale": [_plain(low), _plain(high)],
        "dissatisfied_at_or_below": _plain(label.dissatisfied_at_or_below),
        "horizon_days": _plain(label.horizon_days),
    }
