"""The page of an experiment: what contacting does, the checks of the design, charts, then tables."""

from __future__ import annotations

from pathlib import Path

from forestall.evaluation.effects.result import ExperimentEffect
from forestall.reporting.charts.effects import effect_charts, outcome_table
from forestall.reporting.page import write_html
from forestall.reporting.text.effects import basis, deciding, findings, headline


def write_effect_page(result: ExperimentEffect, path: str | Path) -> Path:
    """Write what an experiment shows as one HTML page that needs no network, and return its path."""
    return write_html(
        "effect.html.j2",
        path,
        effect_charts(result),
        result=result,
        headline=headline(result),
        basis=basis(result),
        findings=findings(result),
        failed=[one.says for one in result.checks if not one.passed],
        deciding=deciding(result),
        outcomes=outcome_table(result),
    )
