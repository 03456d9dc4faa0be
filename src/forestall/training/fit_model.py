"""One fit of the model on rows of a training set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from forestall.model import RiskModel
from forestall.model.families import input_columns, open_calendars
from forestall.model.interval import Spread
from forestall.model.missing import Typical
from forestall.model.risk_model import USES_TIMES
from forestall.moment_features.facts_in_time import freeze
from forestall.moment_features.table import locate, plan_of
from forestall.moments.labels import has_no_clock
from forestall.own_features.own_features import OWN_FEATURES
from forestall.training.labelled_rows import Rows

if TYPE_CHECKING:
    from forestall.training.training_set import TrainingSet


def fit_model(
    work: TrainingSet, rows: Rows, until: int, *, n_refits: int | None = None, spread: Spread | None = None
) -> RiskModel:
    """Return a model fitted on rows.

    Parameters
    ----------
    work
        The training set.
    rows
        Its rows to learn from.
    until
        The facts known at this time are frozen in the model, microseconds.
    n_refits
        The number of refits for the interval; by default the estimator's own.
    spread
        The model of the interval, if another fit has found it.
    """
    families, least, estimator = work.families, work.spec.privacy.least_customers, work.estimator()
    known_at = work.tables.about.get("known_at", {})
    if n_refits is not None:
        estimator.set_params(n_refits=n_refits)
    estimator.fit(rows.frame, **rows.learning(), spread=spread)
    facts = freeze(work.sources.facts, until, plan_of(families).columns.facts, least)
    place, _ = locate(work.sources, rows.moments)
    typical = Typical.of(
        rows.frame,
        estimator.encode(rows.frame),
        rows.stage,
        work.sources.frame[place],
        input_columns(families, work.spec, known_at),
        least,
    )
    info = {
        **work.info,
        USES_TIMES: not has_no_clock(work.tables),
        "trained_until": datetime.fromtimestamp(until / 1e6, UTC).isoformat(),
    }
    if work.own_features.modules:
        info[OWN_FEATURES] = work.own_features.described()
    calendars = open_calendars(work.spec) if work.spec.calendars else None
    return RiskModel(
        work.spec, estimator, facts, typical, dict(known_at), info, calendars, work.own_kinds,
        work.own_features, text_weights=work.text_weights,
    )  # fmt: skip
