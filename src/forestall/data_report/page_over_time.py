"""The sections of the page with charts: volume, coverage, response, label and endings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from forestall.data_report.coverage import Coverage
from forestall.data_report.endings import Endings
from forestall.data_report.labels import Labels
from forestall.data_report.page_parts import Section, TablePart, bar_layout, bars, line
from forestall.data_report.response import Rated, Response
from forestall.data_report.span import Span
from forestall.reporting.charts.chart import LEGEND, Chart, Table, layout
from forestall.reporting.charts.drivers import family_name
from forestall.reporting.charts.plotly_text import as_text
from forestall.reporting.text.formats import UNDEFINED, number, percent, plain_name

_START = "start of the interaction"
_PERCENT = {"tickformat": ".1~%", "rangemode": "tozero"}
_SHARE = {"tickformat": ".0%", "range": [0, 1.02]}
_COLOURS = {
    "service": ("--model", "solid"),
    "quality": ("--logistic", "solid"),
    "greeting": ("--rule", "solid"),
    "resolution": ("--wait", "solid"),
    "expectation": ("--alarm", "dash"),
    "history": ("--quiet", "dash"),
    "context": ("--ink", "dot"),
}


def span_section(found: Span | None) -> Section:
    """Return the volume over time."""
    if found is None or len(found.periods) < 2:
        return Section("span", "Time span")
    series = (
        ("interactions", found.n_started, "--model"),
        ("events", found.n_events, "--logistic"),
        ("ratings", found.n_rated, "--rule"),
    )
    used = [one for one in series if any(one[1])]
    # a logarithm has no 0: the line is interrupted
    data = [line(found.periods, [n or None for n in counts], name, colour) for name, counts, colour in used]
    look = layout(
        f"{found.period}",
        "rows",
        legend=LEGEND["above"],
        xaxis={"type": "date"},
        yaxis={"type": "log", "tickformat": "~s"},
    )
    columns = [[number(n) for n in counts] for _, counts, _ in used]
    chart = Chart(
        "volume",
        f"Rows by {found.period}",
        f"On a logarithmic scale, by the {found.period} of the start, of the event and of the rating. The "
        f"first and the last {found.period} may be incomplete.",
        {"data": data, "layout": look},
        Table(
            [found.period, *(name for name, _, _ in used)],
            [list(row) for row in zip(found.periods, *columns, strict=True)],
        ),
        is_wide=True,
    )
    return Section("span", "Time span", [chart])


def coverage_section(found: Coverage) -> Section:
    """Return the coverage of the families, over time and in all."""
    if not found.families:
        return Section("coverage", "Coverage")
    rows = [
        [
            family_name(one.family),
            number(one.n_features),
            number(one.n_features - len(one.never)),
            percent(one.known),
            ", ".join(f"{fact} {number(n)}" for fact, n in list(one.missing.items())[:6]) or UNDEFINED,
        ]
        for one in found.families
    ]
    part = TablePart(
        "families",
        "What each family knows",
        f"Measured by the features themselves at the end of {number(found.n_drawn)} interactions. The last "
        "column says what the features that are never known lack, with the number of features that read it.",
        Table(["family", "features", "ever known", "known on average", "lacking"], rows),
    )
    if len(found.periods) < 2:
        return Section("coverage", "Coverage", tables=[part])
    data = [
        line(found.periods, one.by_period, family_name(one.family), colour, dash=dash)
        | {"hovertemplate": f"{as_text(family_name(one.family))}: %{{y:.0%}}<extra></extra>"}
        for one in found.families
        for colour, dash in [_COLOURS.get(one.family, ("--ink", "dot"))]
    ]
    look = layout(_START, "features known", legend=LEGEND["above"], xaxis={"type": "date"}, yaxis=_SHARE)
    cells = [
        [period, *(percent(one.by_period[place]) for one in found.families)]
        for place, period in enumerate(found.periods)
    ]
    chart = Chart(
        "coverage-over-time",
        "Coverage over time",
        "The mean share of a family's features that are known at the end of an interaction. A step shows "
        "that a fact begins or ceases to be recorded; history and expectation grow with the records.",
        {"data": data, "layout": look},
        Table(["from", *(family_name(one.family) for one in found.families)], cells),
        is_wide=True,
    )
    return Section("coverage", "Coverage", [chart], [part])


def response_section(found: Response) -> Section:
    """Return the response rate over time and by channel."""
    charts = []
    if not 0 < found.n_rated < found.n:
        return Section("response", "Response")
    if len(found.periods) >= 2:
        delay = (
            f" The median time from the start to the rating is {found.median_days:.1f} days."
            if found.median_days is not None
            else ""
        )
        names = [one.name for one in found.periods]
        shares = [one.n_rated / one.n for one in found.periods]
        charts.append(
            _share_chart(
                "response-over-time",
                "Response rate over time",
                f"{percent(found.n_rated / found.n, 1)} of the interactions are rated.{delay}",
                (names, shares, "rated"),
                [number(one.n) for one in found.periods],
            )
        )
    if len(found.channels) >= 2:
        charts.append(_channels_chart(found.channels))
    return Section("response", "Response", charts)


def _channels_chart(channels: Sequence[Rated]) -> Chart:
    names = [plain_name(one.name) for one in channels]
    shares = [one.n_rated / one.n for one in channels]
    low, high = min(shares), max(shares)
    return Chart(
        "response-by-channel",
        "Response rate by channel",
        f"From {percent(low, 1)} to {percent(high, 1)}, the most frequent channel first.",
        {
            "data": [bars(names, shares, "%{y}: %{x:.1%}<extra></extra>")],
            "layout": bar_layout("rated", len(names), xaxis=_PERCENT),
        },
        Table(
            ["channel", "interactions", "rated", "share"],
            [
                [one.name, number(one.n), number(one.n_rated), percent(one.n_rated / one.n, 1)]
                for one in channels
            ],
        ),
    )


def labels_section(found: Labels) -> Section:
    """Return the ratings, the base rate over time, and how many interactions are labelled."""
    charts = [_ratings_chart(found)] if found.ratings else []
    if len(found.periods) >= 2 and found.base_rate is not None:
        charts.append(
            _share_chart(
                "base-rate",
                "Base rate over time",
                f"{percent(found.base_rate, 1)} of the labelled interactions are dissatisfied.",
                (found.periods, found.base_rates, "dissatisfied"),
                None,
            )
        )
    parts = []
    if found.counts:
        first = {name: found.counts[name] for name in ("labelled", "dissatisfied")}
        rows = [[plain_name(name), number(n)] for name, n in (first | found.counts).items()]
        parts.append(
            TablePart(
                "label-counts",
                "Who is labelled",
                f"Dissatisfied means: {found.meaning}. Censored: no rating came in time, which is not a 0. "
                "Undecided: the horizon ends after the records. Past: the rating or event came before the "
                "moment.",
                Table(["interactions", "number"], rows),
            )
        )
    return Section("labels", "Label", charts, parts)


def _ratings_chart(found: Labels) -> Chart:
    total = sum(found.ratings.values())
    border = found.dissatisfied_at_or_below
    colours = [
        "--alarm" if border is not None and float(one) <= border else "--model" for one in found.ratings
    ]
    bar = {
        "type": "bar",
        "x": list(found.ratings),
        "y": list(found.ratings.values()),
        "marker": {"color": colours},
        "text": [percent(n / total) for n in found.ratings.values()],
        "textposition": "auto",
        "hovertemplate": "rating %{x}: %{y}<extra></extra>",
        "showlegend": False,
    }
    look = layout("rating", "ratings", xaxis={"type": "category"})
    text = "In red: those that count as dissatisfied." if border is not None else "All ratings, by value."
    rows = [[rating, number(n), percent(n / total, 1)] for rating, n in found.ratings.items()]
    return Chart(
        "ratings",
        "Ratings",
        text,
        {"data": [bar], "layout": look},
        Table(["rating", "number", "share"], rows),
    )


def endings_section(found: Endings) -> Section:
    """Return the interactions without an end: over time, by age and by channel."""
    charts = []
    if found.n_open and len(found.periods) >= 2:
        charts.append(
            _share_chart(
                "open-over-time",
                "Interactions without an end",
                f"{percent(found.n_open / found.n, 1)} have no closed or abandoned event.",
                (found.periods, found.open_shares, "without an end"),
                None,
            )
        )
    if found.n_open and found.ages:
        names, counts = list(found.ages), list(found.ages.values())
        charts.append(
            Chart(
                "open-by-age",
                "Without an end: how long nothing has happened",
                "Time from the last event to the end of the records.",
                {
                    "data": [bars(names, counts, "%{y}: %{x}<extra></extra>")],
                    "layout": bar_layout("interactions", len(names)),
                },
                Table(["silence", "interactions"], [[name, number(n)] for name, n in found.ages.items()]),
            )
        )
    rows = [
        [one.channel, number(one.n), number(one.n_open), percent(one.n_open / one.n, 1)]
        for one in found.channels
    ]
    part = TablePart(
        "open-by-channel",
        "Without an end, by channel",
        "Interactions without a closed or abandoned event.",
        Table(["channel", "interactions", "without an end", "share"], rows),
    )
    return Section("endings", "Endings", charts, [part] if found.n_open and len(rows) >= 2 else [])


def _share_chart(
    key: str,
    title: str,
    text: str,
    points: tuple[Sequence[str], Sequence[float], str],
    counts: Sequence[str] | None,
) -> Chart:
    """Return the chart of a share over time."""
    periods, shares, name = points
    trace: dict[str, Any] = line(periods, shares, name, "--model")
    trace |= {"showlegend": False, "hovertemplate": "%{x}: %{y:.1%}<extra></extra>"}
    look = layout(_START, name, xaxis={"type": "date"}, yaxis=_PERCENT)
    heads = ["from", *(["interactions"] if counts else []), name]
    rows = [
        [period, *([counts[place]] if counts else []), percent(share, 1)]
        for place, (period, share) in enumerate(zip(periods, shares, strict=True))
    ]
    return Chart(key, title, text, {"data": [trace], "layout": look}, Table(heads, rows))
