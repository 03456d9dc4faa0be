"""The model card: what a model is for, what it must not be used for, and how good it is."""

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
from forestall.reporting.report import Context, cautions
from forestall.reporting.text import (
    calibration,
    contact_order,
    drivers,
    early_warning,
    formats,
    raters,
    segments,
    summary,
    value,
)

FILE = "MODEL_CARD.md"
_METRICS = {
    "auc": "AUC (random ranking: 0.5)",
    "average_precision": "average precision",
    "log_loss": "log-loss (lower is better)",
    "brier": "Brier score (lower is better)",
    "capture_at_10": "share of dissatisfied customers among the riskiest 10 %",
}
_MAX_SEGMENTS = 8
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")
_MARKUP = re.compile(r"([\\`*_\[\]|#~])")


def card(
    evaluation: Evaluation, context: Context | Mapping[str, Any], spec: Spec, info: Mapping[str, Any]
) -> str:
    """Return the model card as Markdown.

    Parameters
    ----------
    evaluation
        The figures, on rows that the twin model was not trained on.
    context
        What the report shows beside the evaluation: see `report.Context`.
    spec
        The specification of the model.
    info
        How the model was trained: `trained_until` (ISO 8601), `has_clock` and, with a policy, `policy`.
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
    environment.globals |= {
        one.__name__: one
        for one in (
            *(formats.amount, formats.given_percent, formats.number),
            *(formats.percent, formats.plain_name, formats.points),
        )
    }
    until, has_clock = datetime.fromisoformat(str(info["trained_until"])), info.get("has_clock", True)
    return environment.get_template("MODEL_CARD.md.j2").render(
        **_sentences(evaluation),
        spec=spec,
        context=dict.fromkeys(Context.__annotations__) | dict(context),
        metrics=_metrics(evaluation),
        segments=[one for one in worst_first(evaluation.segments) if not one.is_small][:_MAX_SEGMENTS],
        bands=bands_of(spec.bands, info),
        policy=info.get("policy"),
        own_features=info.get("own_features", []),
        cautions=cautions(evaluation, context),
        trained_until=until.date().isoformat() if has_clock else "unknown, because the data have no clock",
        review_on=_review_date(until if has_clock else None, spec.card.review_days),
        is_experimental=bool(info.get("experimental")),
        contact_effect=" ".join(
            sentence
            for one in (contact_order.effect, contact_order.verdict, contact_order.sleeping_dogs)
            if (sentence := one(context.get("contact_order")))
        ),
    )


def _sentences(evaluation: Evaluation) -> dict[str, str]:
    """Return the sentences of the card by the name that the template uses."""

    def joined(*sentences: str) -> str:
        return " ".join(one for one in sentences if one)

    stages = early_warning.auc_at_stages if evaluation.earliness else summary.auc_by_stage
    return {
        "headline": summary.headline(evaluation),
        "basis": summary.basis(evaluation),
        "deviating_segments": segments.deviating_segments(evaluation),
        "reversed_greetings": segments.reversed_greetings(evaluation),
        "unseen_segments": segments.unseen_segments(evaluation),
        "quality": joined(
            summary.comparison(evaluation), stages(evaluation), early_warning.lead_times_in_short(evaluation)
        ),
        "main_driver": drivers.main_driver(evaluation),
        "response": raters.response(evaluation),
        "label_noise": calibration.label_noise(evaluation),
        "saving": joined(value.saving(evaluation), value.saving_details(evaluation)),
        "calibration": joined(calibration.calibration(evaluation), summary.true_risk(evaluation)),
    }


def _review_date(until: datetime | None, days: int) -> str:
    """Return when the model must be reviewed, in words."""
    if until is None:
        return f"{days} days after its training at the latest"
    latest = (until + timedelta(days=days)).date().isoformat()
    return f"by {latest} ({days} days after the end of its training data)"


def plain(value: Any) -> str:
    """Return a value as text in which nothing is read as Markdown or HTML.

    Examples
    --------
    >>> plain("A | <b>_x_</b>")
    'A \\\\| &lt;b&gt;\\\\_x\\\\_&lt;/b&gt;'
    """
    text = _LINE_BREAKS.sub(" ", str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return _MARKUP.sub(r"\\\1", text)


def _metrics(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    """Return name, value and 95 % interval of the main metrics at the last moments."""
    return [
        (
            title,
            formats.number(evaluation.overall[name]),
            formats.number_range(*evaluation.intervals.get(name, (math.nan, math.nan))),
        )
        for name, title in _METRICS.items()
    ]
