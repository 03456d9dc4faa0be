"""Likely leaks: columns and kinds of events that are probably known only with the rating, or only after the end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from forestall.data import Tables
from forestall.data.schemas import column_types
from forestall.data_report.finding import MAPPING, Finding, shown_name, yaml_line
from forestall.data_report.records import Records, tables_of
from forestall.data_report.row_order import order_finding
from forestall.evaluation.questions.leaks import Leak, leaks
from forestall.evaluation.questions.row_order import RowOrder, order_of_rows
from forestall.importing.suggest.late_names import late_by_name, late_in
from forestall.model import Spec
from forestall.moments import Label, default_moments, label_events
from forestall.moments.seeded_draws import draw_rows
from forestall.reporting.text.formats import number, percent

MAX_ROWS = 20_000
SUSPICIOUS, CERTAIN = 0.75, 0.9
"""The AUC of one column alone from which on it is a warning, and an error."""
_SEED = 7
_TOO_GOOD_SHARE = 0.9  # a column is suspicious with this share of the lift of a whole model, see `leaks`
_TOGETHER_US = 1_000_000
_MIN_ROWS, _NEARLY_NONE, _OFTEN = 50, 0.01, 0.2
_MAX_NAMED = 8
_NOT_CHECKED = {"interaction_id", "started_at", "customer_id"}
_EVENT = "event "


@dataclass(frozen=True)
class LikelyLeak:
    """Something that may be known too late.

    Parameters
    ----------
    name
        The column, or the kind of event.
    kind
        `column` or `event`.
    is_used
        Whether the model lists it under `context`, or a feature knows it as a column of the contract.
    known_at
        The kind of event from which on it is known, if the mapping says so.
    reasons
        `alone` (it predicts the rating too well), `filled` (it is filled mostly for rated rows), `late` (it comes with
        the rating), `ended` (it is filled only after the end), `name` (its name says so).
    auc, auc_low, auc_high
        The AUC of it alone with its 95 % interval; NaN if it was not measured.
    filled_rated, filled_others
        The shares of rated and of other interactions in which it is filled.
    """

    name: str
    kind: str
    is_used: bool
    known_at: str
    reasons: list[str]
    auc: float
    auc_low: float
    auc_high: float
    filled_rated: float
    filled_others: float


@dataclass(frozen=True)
class Leaks:
    """Likely leaks.

    Parameters
    ----------
    dissatisfied
        Who counts as dissatisfied here, in words; empty if there is no label to compare with.
    leaks
        The likely leaks.
    order
        How well the order of the rows predicts the rating.
    findings
        What was found.
    """

    dissatisfied: str
    leaks: list[LikelyLeak]
    order: RowOrder
    findings: list[Finding]


def likely_leaks(records: Records, spec: Spec | None) -> Leaks:
    """Return what may be known only with the rating, or only after the end."""
    label, meaning = _labels(records, spec)
    rated = draw_rows(label.drop_nulls(), MAX_ROWS, _SEED, "looked at for leaks")
    others = draw_rows(label.filter(pl.col("label").is_null()), MAX_ROWS, _SEED, "looked at for leaks")
    rows = pl.concat([rated, others])
    names = [name for name in records.tables.interactions.columns if name not in _NOT_CHECKED]
    some = tables_of(records.tables, rows)
    own = some.interactions.select("interaction_id", *names)
    beside = own.join(_kinds(records, some, rows, spec), on="interaction_id", how="left")
    both = rows.join(beside, on="interaction_id", how="left", maintain_order="left")
    columns = both.drop("interaction_id", "label")
    by_name = {
        one.name: one
        for one in leaks(
            columns,
            both["label"].is_not_null(),
            both["label"].cast(pl.Float64).fill_null(math.nan),
            kinds={name: "event" if name.startswith(_EVENT) else "column" for name in columns.columns},
            auc_of_model=0.5 + (SUSPICIOUS - 0.5) / _TOO_GOOD_SHARE,
            late=_late(some, spec.label if spec else None) if records.has_clock else {},
            seed=_SEED,
        )
    }
    ended = _filled_only_after_end(records, names)
    found = [
        _judge(name, by_name.get(name), records, spec, is_ended=name in ended) for name in columns.columns
    ]
    shown = sorted((one for one in found if one.reasons), key=_order)
    named = [one for one in shown if one.reasons == ["name"] and not one.is_used]
    findings = [_finding(one, meaning) for one in shown if one not in named]
    order = order_of_rows(records.tables, label.drop_nulls())
    ordered = [order_finding(order, meaning)] if order.is_leak else []
    return Leaks(meaning, shown, order, [*ordered, *findings, *_named(named)])


def _order(one: LikelyLeak) -> tuple[bool, int, float]:
    return not one.is_used, -len(one.reasons), -(0.0 if math.isnan(one.auc) else one.auc)


def _labels(records: Records, spec: Spec | None) -> tuple[pl.DataFrame, str]:
    """Return `interaction_id` and `label` (null without one) of all interactions, and who counts as dissatisfied."""
    ids = records.tables.interactions.select("interaction_id")
    if spec is not None and spec.label.event is not None:
        came = label_events(records.tables, spec.label).select("interaction_id", label=pl.lit(1, pl.Int8))
        joined = ids.join(came, on="interaction_id", how="left", maintain_order="left")
        return joined.with_columns(pl.col("label").fill_null(0)), f"the event {spec.label.event}"
    feedback = records.ratings
    border = spec.label.dissatisfied_at_or_below if spec is not None else _lower_part(feedback["rating"])
    is_bad = (pl.col("rating") <= border).cast(pl.Int8) if border is not None else pl.lit(0, pl.Int8)
    joined = ids.join(
        feedback.select("interaction_id", label=is_bad),
        on="interaction_id",
        how="left",
        maintain_order="left",
    )
    return joined, "" if border is None else f"a rating of {border:g} or less"


def _lower_part(ratings: pl.Series) -> float | None:
    """Return the border that separates the lower ratings from the others, nearest to a half of them."""
    counts = ratings.value_counts(name="n").sort("rating")
    below = counts.with_columns(share=pl.col("n").cum_sum() / max(len(ratings), 1))[:-1]
    if not below.height:
        return None
    return float(below.sort((pl.col("share") - 0.5).abs())["rating"][0])


def _kinds(records: Records, tables: Tables, rows: pl.DataFrame, spec: Spec | None) -> pl.DataFrame:
    """Return which kinds of events each interaction had by its end: 1, or null."""
    label = spec.label.event if spec is not None else None
    ends = default_moments(tables)
    shown = sorted(records.shown_kinds - {label})
    happened = tables.events.filter(pl.col("kind").is_in(shown)).join(ends, on="interaction_id")
    there = happened.filter(pl.col("at") <= pl.col("as_of")).select(
        "interaction_id", pl.lit(_EVENT) + pl.col("kind")
    )
    there = there.unique().with_columns(one=pl.lit(1.0))
    if not there.height:
        return rows.select("interaction_id")
    return there.pivot(
        "literal", index="interaction_id", values="one", aggregate_function="first", sort_columns=True
    )


def _late(tables: Tables, label: Label | None) -> dict[str, float]:
    """Return of each kind of event the share that is recorded within a second of the rating."""
    if label is not None and label.event is not None:
        return {}
    came = tables.feedback.drop_nulls("rated_at").select("interaction_id", came_at="rated_at")
    both = tables.events.select("interaction_id", "at", "kind").join(came, on="interaction_id")
    near = (pl.col("at") - pl.col("came_at")).dt.total_microseconds().abs() <= _TOGETHER_US
    shares = both.group_by("kind").agg(n=pl.len(), share=near.mean()).filter(pl.col("n") >= _MIN_ROWS)
    return {f"{_EVENT}{kind}": float(share) for kind, _, share in shares.iter_rows()}


def _filled_only_after_end(records: Records, names: list[str]) -> set[str]:
    """Return the further columns that are filled for ended interactions and not for open ones."""
    declared = set(column_types("interactions"))
    further = [
        name for name in names if name not in declared and name not in records.tables.about["known_at"]
    ]
    is_open = records.milestones["ended_at"].is_null()
    if not further or min(int(is_open.sum()), int((~is_open).sum())) < _MIN_ROWS:
        return set()
    shares = (
        records.tables.interactions.select(further)
        .with_columns(is_open)
        .group_by("ended_at")
        .agg(pl.exclude("ended_at").is_not_null().mean())
    )
    still, over = (shares.filter(pl.col("ended_at") == one).row(0, named=True) for one in (True, False))
    return {name for name in further if still[name] <= _NEARLY_NONE and over[name] >= _OFTEN}


def _judge(
    name: str, leak: Leak | None, records: Records, spec: Spec | None, *, is_ended: bool
) -> LikelyLeak:
    declared = set(column_types("interactions"))
    known_at = str(records.tables.about["known_at"].get(name, ""))
    reasons = list(leak.reasons) if leak is not None else []
    if is_ended:
        reasons.append("ended")
    is_further = not name.startswith(_EVENT) and name not in declared
    late = late_in(name, records.tables.interactions) if is_further else None
    if late and (late.known == "with_rating" or not known_at):
        reasons.append("name")
    used = {*spec.context.texts, *spec.context.numbers} if spec is not None else set()
    nothing = Leak(name, "column", False, (), math.nan, math.nan, math.nan, "", math.nan, math.nan, "")
    one = leak or nothing
    return LikelyLeak(
        name.removeprefix(_EVENT),
        "event" if name.startswith(_EVENT) else "column",
        name in used or name in declared or name.startswith(_EVENT),
        known_at,
        reasons,
        *(one.auc, one.auc_low, one.auc_high, one.filled_rated, one.filled_others),
    )


def _known(name: str) -> str:
    late = late_by_name(name)
    return late.known if late else ""


def _finding(one: LikelyLeak, meaning: str) -> Finding:
    name = shown_name(one.name)
    says = {
        "alone": f"alone has an AUC of {one.auc:.2f} ({one.auc_low:.2f} to {one.auc_high:.2f}) for {meaning}",
        "filled": f"is filled in {percent(one.filled_rated)} of the rated interactions and in "
        f"{percent(one.filled_others)} of the others",
        "late": "comes within a second of the rating",
        "ended": "is filled only in interactions that have ended",
        "name": "has a name that says that it is known late",
    }
    is_strong = {"alone", "filled", "late"} & set(one.reasons)
    is_error = one.is_used and "alone" in one.reasons and one.auc_low >= CERTAIN and not one.known_at
    what = "column" if one.kind == "column" else "kind of event"
    after = f" The mapping says that it is known from {one.known_at} on." if one.known_at else ""
    return Finding(
        "leaks",
        "error" if is_error else "warning" if is_strong or (one.reasons and one.is_used) else "note",
        f"The {what} {name} {', and '.join(says[reason] for reason in one.reasons)}.{after}",
        "If it is written with the rating or after the end, the model learns the answer and fails in use. "
        "Find out when it is known."
        + ("" if one.is_used else " A model uses it only if model.yaml lists it under context."),
        MAPPING,
        _line(one),
    )


def _named(found: list[LikelyLeak]) -> Iterator[Finding]:
    """Yield one finding on the columns of which only the name says that they are known late."""
    for known, when in (("with_rating", "with the rating"), ("at_closing", "at the end")):
        some = [one.name for one in found if _known(one.name) == known]
        if not some:
            continue
        line = (
            ("never", some[:_MAX_NAMED])
            if when == "with the rating"
            else ("known_at", dict.fromkeys(some[:_MAX_NAMED], "closed"))
        )
        names = [shown_name(name) for name in some[:_MAX_NAMED]]
        more = f" and {number(len(some) - _MAX_NAMED)} more" if len(some) > _MAX_NAMED else ""
        yield Finding(
            "leaks",
            "note",
            f"{number(len(some))} {'columns have names' if len(some) > 1 else 'column has a name'} of what "
            f"is known only {when}: {', '.join(names)}{more}.",
            "The model does not use them now. Before it does, say from when on they are known.",
            MAPPING,
            yaml_line(*line),
        )


def _line(one: LikelyLeak) -> str:
    if one.kind == "event":
        return yaml_line(
            "event_log", {"kinds": {one.name: None}}, "leave the kind out; or leave out its entry of events"
        )
    if one.name in column_types("interactions"):
        return yaml_line("interactions", {one.name: {"constant": None}}, "or leave the line out")
    if set(one.reasons) <= {"ended", "name"} and _known(one.name) != "with_rating":
        return yaml_line("known_at", {one.name: "closed"}, "null before the end")
    return yaml_line("never", [one.name])
