"""The page of a monitoring: what is due and why, first in words, then in pictures, then in tables."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forestall.evaluation.check import MonitoringCheck
from forestall.evaluation.questions.drivers import SAID
from forestall.monitoring.result import Monitoring, Part
from forestall.reporting.charts.chart import INSIDE, Chart, Table, dots, layout, upright
from forestall.reporting.charts.report_charts import reliability_chart
from forestall.reporting.page import write_html
from forestall.reporting.text import sentences as say

MOST_FEATURES = 25
_NAMES = {SAID: "customers' words"}
_QUALITIES = ("ok", "partial", "abstained")


def write_page(found: Monitoring, path: str | Path) -> Path:
    """Write what was found as one HTML page that needs no network, and return its path."""
    drawn = {chart.key: chart for chart in (_reliability(found), _spread(found), _families(found)) if chart}
    return write_html(
        "monitor.html.j2",
        path,
        drawn,
        found=found,
        drawn=drawn,
        headline=headline(found),
        basis=basis(found),
        due=[why(found, one) for one in found.failed],
        to_do=to_do(found),
        sentences=sentences(found),
        checks=_checks(found),
        features=_features(found),
        parts=_parts(found),
    )


def headline(found: Monitoring) -> str:
    """Return the one sentence that a manager needs."""
    if found.retraining_due:
        return "The model should be learnt anew."
    if found.repair_due:
        return "The data have lost something: repair them before trusting the risks."
    if found.is_decided_by_ratings:
        return "What the model promises comes true: it can stay."
    return "Nothing speaks against the model, but too few outcomes have come to be sure."


def basis(found: Monitoring) -> str:
    """Return on what the headline rests."""
    old, new, came = found.reference, found.current, found.outcome.metrics
    n_known, n_unhappy = int(came["n"]), int(came["n_dissatisfied"])
    outcomes = (
        f"Of {say.number(n_known)} of the new ones it is known how they ended: {say.number(n_unhappy)} unhappy."
        if n_known
        else "It is not yet known of any new one how it ended."
    )
    return (
        f"{say.number(new.n)} new interaction{'s' * (new.n != 1)}{_span(new)}, "
        f"beside {say.number(old.n)} of the reference{_span(old)}. "
        f"{outcomes}"
    )


def to_do(found: Monitoring) -> str:
    """Return what to do about it; nothing where nothing is due."""
    if found.retraining_due:
        anew = "Train on newer data. The new version takes the place of this one only if it passes the gate."
        if not found.is_decided_by_ratings:
            anew = (
                "Do not lean on the risks until outcomes have come: gather them, above all of what is new. Then train "
                "on newer data; the new version takes the place of this one only if it passes the gate."
            )
        more = " Repair the data first: a model that learns from them as they are makes the loss last."
        return anew + more * found.repair_due
    if found.repair_due:
        return "Find out since when, and why, and mend it. Then monitor again: what else has failed may come of it."
    return ""


def why(found: Monitoring, sign: MonitoringCheck) -> str:
    """Return in plain words why a check failed."""
    told: dict[str, Callable[[Monitoring], str]] = {
        "mean_risk_off": _mean_off,
        "auc_short": lambda one: (
            f"It tells unhappy customers from others less well than it says. {_ranks(one)}"
        ),
        "drift_weight": lambda one: (
            f"The model is shown another picture than the one it learnt from. {_moved(one)}"
        ),
        "risk_moved": lambda one: (
            f"The risks have moved far, and nobody can say yet whether rightly. {_mean_now(one)}"
        ),
        "promised_auc_lost": lambda one: f"It tells customers apart less well than it did. {_order_now(one)}",
    }
    if sign.check == "calibration_error":
        return (
            f"What the risks say and what comes true differ by {100 * sign.figure:.1f} percentage points on average; "
            f"up to {100 * sign.bound:.1f} would be let pass."
        )
    if sign.check in told:
        return told[sign.check](found)
    said = sign.says.replace("%", "\u00a0%")
    return f"{said[:1].upper()}{said[1:]}."


def _mean_off(found: Monitoring) -> str:
    came = found.outcome.metrics
    side = "high" if came["mean_risk"] > came["base_rate"] else "low"
    return (
        f"The risks are too {side}: they said {say.percent(came['mean_risk'], 1)} would end unhappy, and "
        f"{say.percent(came['base_rate'], 1)} did. Chance does not explain that."
    )


def sentences(found: Monitoring) -> list[str]:
    """Return what was found, in plain words; what is said of the checks that failed is left out."""
    failed = {one.check for one in found.failed}
    told = (
        ("mean_risk_off", _mean),
        ("auc_short", _ranks),
        ("", _contact_list),
        ("drift_weight", _moved),
        ("risk_moved", _mean_now),
        ("promised_auc_lost", _order_now),
    )
    return [words for check, tell in told if check not in failed and (words := tell(found))]


def _span(part: Part) -> str:
    days = [
        one[:10].replace("-", "\u2011") for one in (part.begins, part.ends)
    ]  # a hyphen at which no line ends
    return f" ({days[0]} to {days[1]})" if part.begins else ""


def _mean(found: Monitoring) -> str:
    came = found.outcome.metrics
    if not came["n"]:
        return ""
    word = found.outcome.promised["base_rate"]
    said, did = say.percent(came["mean_risk"], 1), say.percent(came["base_rate"], 1)
    is_near = word.low <= came["base_rate"] <= word.high
    verdict = (
        "no further apart than chance allows"
        if is_near
        else "further apart than chance alone, but not by much"
    )
    return f"The risks said {said} would end unhappy, and {did} did: {verdict}."


def _ranks(found: Monitoring) -> str:
    auc, word = found.outcome.metrics["auc"], found.outcome.promised["auc"]
    if math.isnan(auc) or math.isnan(word.mean):
        return ""
    return (
        f"Of an unhappy customer and another, the first had the higher risk {100 * auc:.0f} times of 100; risks that "
        f"are exactly right would show {100 * word.mean:.0f}, by chance {100 * word.low:.0f} to {100 * word.high:.0f}."
    )


def _contact_list(found: Monitoring) -> str:
    some = found.listed
    if some is None:
        return ""
    return (
        f"{say.number(some.n)} more were on a contact list: the risks said {say.percent(some.risk, 1)}, "
        f"{say.percent(some.rate, 1)} ended unhappy. Where contact helps, fewer do than were said, so they are in no "
        "other figure here. How many were saved these data cannot tell."
    )


def _moved(found: Monitoring) -> str:
    moved = found.drift.moved
    if not moved:
        return f"None of the {len(found.drift.features)} features that it looks at has moved far."
    first = sorted(moved, key=lambda one: -one.weight)[:3]
    named = say.listed([f"“{one.description.rstrip('.')}”" for one in first])
    more = f" and {len(moved) - 3} more" if len(moved) > 3 else ""
    return (
        f"{len(moved)} of {len(found.drift.features)} features {'has' if len(moved) == 1 else 'have'} moved far: "
        f"{named}{more}. They are {say.percent(found.drift.weight_moved)} of what moves the risk."
    )


def _mean_now(found: Monitoring) -> str:
    means = [say.percent(one.mean_risk, 1) for one in (found.current, found.reference)]
    return f"The mean risk is {means[0]}; in the reference it was {means[1]}."


def _order_now(found: Monitoring) -> str:
    pairs = [one.promised["auc"].mean for one in (found.current, found.reference)]
    if any(math.isnan(one) for one in pairs):
        return ""
    return (
        f"By their own word the risks put {100 * pairs[0]:.0f} of 100 pairs in the right order, {100 * pairs[1]:.0f} "
        "in the reference; a coin would 50."
    )


def _reliability(found: Monitoring) -> Chart | None:
    points = found.outcome.reliability
    if not points:
        return None
    inside = sum(
        low <= rate <= high
        for low, rate, high in zip(points["low"], points["rate"], points["high"], strict=True)
    )
    return reliability_chart(
        points,
        f"{inside} of {len(points['rate'])} points lie where chance puts exactly right risks 19 times of 20.",
    )


def _spread(found: Monitoring) -> Chart:
    points = found.spread
    middle = [(start + stop) / 2 for start, stop in zip(points["start"], points["stop"], strict=True)]
    width = points["stop"][0] - points["start"][0]
    looks: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("before", "in the reference", {"color": "--quiet", "width": 2, "dash": "dot"}),
        ("now", "now", {"color": "--model", "width": 3}),
    )
    bars = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [one - width / 2 for one in middle],
            "y": points[name],
            "name": spoken,
            "line": line | {"shape": "hv"},
            "hovertemplate": f"{spoken}: %{{y:.1%}} at a risk from %{{x:.1%}}<extra></extra>",
        }
        for name, spoken, line in looks
    ]
    percent = {"tickformat": ".0%", "rangemode": "tozero"}
    look = layout("risk", "share of interactions", xaxis=percent, yaxis=percent, legend=INSIDE["top right"])
    rows = [
        [f"{say.percent(start, 1)} to {say.percent(stop, 1)}", say.percent(before, 1), say.percent(now, 1)]
        for start, stop, before, now in zip(
            *(points[name] for name in ("start", "stop", "before", "now")), strict=True
        )
    ]
    means = [say.percent(one.mean_risk, 1) for one in (found.current, found.reference)]
    text = f"On average {means[0]} now, {means[1]} in the reference."
    spec = {"data": bars, "layout": look}
    table = Table(["risk", "before", "now"], rows)
    is_alone = not found.outcome.reliability
    return Chart("spread", "How the risks are spread", text, spec, table, is_wide=is_alone)


def _families(found: Monitoring) -> Chart | None:
    shifts = found.drift.families
    if not shifts:
        return None
    names = [_NAMES.get(one.family, one.family) for one in shifts]
    sure = [one.low > 0 or one.high < 0 for one in shifts]
    data = dots(
        names,
        [one.mean for one in shifts],
        [one.low for one in shifts],
        [one.high for one in shifts],
        colours=["--alarm" if one else "--model" for one in sure],
        hover="%{y}: %{x:+.3f}<extra></extra>",
    )
    look = layout(
        "added to the mean log-odds,<br>with its 95 % interval", "", showlegend=False, shapes=[upright(0)]
    )
    rows = [
        [name, f"{one.mean:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}"]
        for name, one in zip(names, shifts, strict=True)
    ]
    total = sum(one.mean for one in shifts)
    text = (
        f"All together {total:+.2f} log-odds. " + (
            f"Beyond chance: {say.listed([name for name, one in zip(names, sure, strict=True) if one])}."
            if any(sure) else "No family beyond chance."
        )
    )  # fmt: skip
    return Chart(
        "families", "What has moved the mean risk", text, {"data": [data], "layout": look},
        Table(["", "moved by", "95 % interval"], rows), is_wide=True,
    )  # fmt: skip


def _checks(found: Monitoring) -> Table:
    rows = [
        [
            say.spoken(one.check),
            say.number(one.figure, 4),
            f"{one.must.removeprefix('be ')} {say.number(one.bound, 4)}",
            "passed" if one.passed else "FAILED",
            one.calls_for,
            one.says,
        ]
        for one in found.checks
    ]
    return Table(["", "figure", "must be", "verdict", "calls for", "what was found"], rows)


def _features(found: Monitoring) -> Table:
    rows = [
        [
            say.spoken(one.feature),
            one.family,
            "yes" if one.has_moved else "no",
            say.number(one.distance),
            say.percent(one.weight, 1),
            f"{one.shift:+.3f}",
            f"{say.number(one.before)} → {say.number(one.now)}",
            f"{say.percent(one.missing_before)} → {say.percent(one.missing_now)}",
        ]
        for one in found.drift.features[:MOST_FEATURES]
    ]
    heads = ["", "family", "moved", "distance", "weight in the risk", "adds to the risk", "median", "missing"]
    return Table(heads, rows)


def _parts(found: Monitoring) -> Table:
    both = (found.reference, found.current)
    rows = [
        ["interactions", *(say.number(one.n) for one in both)],
        *([["started from", *(one.begins[:10] for one in both)],
           ["to", *(one.ends[:10] for one in both)]] if found.current.begins else []),
        ["mean risk", *(say.percent(one.mean_risk, 1) for one in both)],
        ["AUC promised", *(say.number(one.promised["auc"].mean) for one in both)],
        ["log-loss promised", *(say.number(one.promised["log_loss"].mean) for one in both)],
        *([f"risk {band}", *(say.percent(one.bands.get(band, 0.0), 1) for one in both)] for band in _bands(found)),
        *([f"data {name}", *(say.percent(one.quality.get(name, 0.0), 1) for one in both)] for name in _QUALITIES),
        *([f"{say.spoken(name)} never learnt from", "", say.percent(one, 1)] for name, one in found.unknown.items()),
    ]  # fmt: skip
    return Table(["", "reference", "now"], rows)


def _bands(found: Monitoring) -> list[str]:
    known = ("low", "medium", "high", "critical")
    return [one for one in known if one in {**found.reference.bands, **found.current.bands}]
