"""The model card: what a model is for, what it is not for, and how good it was found to be, in plain words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from forestall.evaluation.evaluation import Evaluation
from forestall.evaluation.questions.segments import worst_first
from forestall.model.policy import bands_of
from forestall.model.spec import Spec
from forestall.reporting.report import Context
from forestall.reporting.text import findings
from forestall.reporting.text import sentences as say

FILE = "MODEL_CARD.md"
_METRICS = {
    "auc": "AUC (0.5 is a coin, 1 is always right)",
    "average_precision": "average precision",
    "log_loss": "log-loss (lower is better)",
    "brier": "Brier score (lower is better)",
    "capture_at_10": "share of the unhappy among the riskiest tenth",
}
_MOST_GROUPS = 8
_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_MARKUP = re.compile(r"([\\`*_\[\]|#~])")


def card(
    evaluation: Evaluation, context: Context | Mapping[str, Any], spec: Spec, info: Mapping[str, Any]
) -> str:
    """Return the model card as Markdown.

    Parameters
    ----------
    evaluation
        The figures, on rows that the model's twin had not seen.
    context
        What the report tells besides: see `report.Context`.
    spec
        What was learnt.
    info
        How the model was made; `trained_until` (ISO 8601), `has_clock` and, with a policy, `policy`.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=PackageLoader("forestall.reporting"),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=plain,
        keep_trailing_newline=True,
    )
    until, has_clock = datetime.fromisoformat(str(info["trained_until"])), info.get("has_clock", True)
    return environment.get_template("MODEL_CARD.md.j2").render(
        spec=spec,
        context=dict.fromkeys(Context.__annotations__) | dict(context),
        evaluation=evaluation,
        metrics=_metrics(evaluation),
        groups=[one for one in worst_first(evaluation.segments) if not one.is_small][:_MOST_GROUPS],
        bands=bands_of(spec.bands, info),
        settled=info.get("policy"),
        cautions=[*say.cautions(evaluation, context), *findings.watch(evaluation)],
        trained_until=until.date().isoformat() if has_clock else "not known, since the data have no clock",
        review_on=_review(until if has_clock else None, spec.card.review_days),
        is_experimental=bool(info.get("experimental")),
        findings=findings,
        say=say,
    )


def _review(until: datetime | None, days: int) -> str:
    """Return when the model is to be looked at again, in words."""
    if until is None:
        return f"{days} days after its training"
    latest = (until + timedelta(days=days)).date().isoformat()
    return f"on {latest}, {days} days after the last fact that it learnt from"


def plain(value: Any) -> str:
    """Return what is told such that none of it is read as Markdown or HTML.

    Examples
    --------
    >>> plain("A | <b>_x_</b>")
    'A \\\\| &lt;b&gt;\\\\_x\\\\_&lt;/b&gt;'
    """
    text = _BREAKS.sub(" ", str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return _MARKUP.sub(r"\\\1", text)


def _metrics(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    """Return name, value and interval of the main metrics at the last moments."""
    rows = []
    for name, spoken in _METRICS.items():
        low, high = evaluation.intervals.get(name, (math.nan, math.nan))
        interval = say.UNKNOWN if math.isnan(low) else f"{say.number(low)} to {say.number(high)}"
        rows.append((spoken, say.number(evaluation.overall[name]), interval))
    return rows
