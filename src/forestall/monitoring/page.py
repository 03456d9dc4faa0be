"""The page of a monitoring job: the verdict and its reasons first, then charts, then tables."""

from __future__ import annotations

from pathlib import Path

from forestall.monitoring.page_charts import monitoring_charts
from forestall.monitoring.page_text import basis, findings, headline, reason, to_do
from forestall.monitoring.result import Monitoring
from forestall.reporting.charts.chart import Table
from forestall.reporting.charts.drivers import family_name
from forestall.reporting.page import write_html
from forestall.reporting.text.formats import number, percent, plain_name

MAX_FEATURES = 25
_QUALITIES = ("ok", "partial", "abstained")
_BANDS = ("low", "medium", "high", "critical")


def write_page(result: Monitoring, path: str | Path) -> Path:
    """Write the result of a monitoring job as one HTML page that needs no network, and return its path."""
    return write_html(
        "monitor.html.j2",
        path,
        monitoring_charts(result),
        result=result,
        headline=headline(result),
        basis=basis(result),
        reasons=[reason(result, check) for check in result.failed],
        to_do=to_do(result),
        findings=findings(result),
        checks=_checks_table(result),
        features=_features_table(result),
        comparison=_comparison_table(result),
    )


def _checks_table(result: Monitoring) -> Table:
    rows = [
        [
            plain_name(check.check),
            number(check.figure, 4),
            f"{check.must.removeprefix('be ')} {number(check.bound, 4)}",
            "passed" if check.passed else "FAILED",
            check.calls_for,
            check.says,
        ]
        for check in result.checks
    ]
    return Table(["", "figure", "must be", "verdict", "calls for", "finding"], rows)


def _features_table(result: Monitoring) -> Table:
    rows = [
        [
            plain_name(one.feature),
            family_name(one.family),
            "yes" if one.has_moved else "no",
            number(one.distance),
            percent(one.weight, 1),
            f"{one.shift:+.3f}",
            f"{number(one.before)} → {number(one.now)}",
            f"{percent(one.missing_before)} → {percent(one.missing_now)}",
        ]
        for one in result.drift.features[:MAX_FEATURES]
    ]
    heads = [
        "", "family", "drifted", "distance", "share of the contributions", "change of the contribution", "median",
        "missing",
    ]  # fmt: skip
    return Table(heads, rows)


def _comparison_table(result: Monitoring) -> Table:
    both = (result.reference, result.current)
    rows = [["interactions", *(number(one.n) for one in both)]]
    if result.current.begins:
        rows.append(["first start", *(one.begins[:10] for one in both)])
        rows.append(["last start", *(one.ends[:10] for one in both)])
    rows += [
        ["mean risk", *(percent(one.mean_risk, 1) for one in both)],
        ["expected AUC", *(number(one.promised["auc"].mean) for one in both)],
        ["expected log-loss", *(number(one.promised["log_loss"].mean) for one in both)],
    ]
    bands = [name for name in _BANDS if any(name in one.bands for one in both)]
    rows += [[f"risk band {name}", *(percent(one.bands.get(name, 0.0), 1) for one in both)] for name in bands]
    rows += [
        [f"data quality {name}", *(percent(one.quality.get(name, 0.0), 1) for one in both)]
        for name in _QUALITIES
    ]
    rows += [
        [f"{plain_name(name)} not in training", "", percent(share, 1)]
        for name, share in result.unknown.items()
    ]
    return Table(["", "reference", "current"], rows)
