"""The page of the data report: findings first, nothing that customers wrote, and every shape of data."""

import html
import json
import re

import polars as pl
import pytest
import yaml

from forestall import check
from forestall.data_report.page import headline
from forestall.data_report.report import examine
from made_records import hourly, made, name_of, starts

HUGE = "A huge text of a customer 😀 " * 500
DAY = "2024-03-02T"


def page_of(records, folder, **more):
    result = check(records.tables, output=folder / "out", **more)
    text = (folder / "out" / "data_report.html").read_text(encoding="utf-8")
    return result, html.unescape(text)


def body(page):
    """Give the page without Plotly."""
    return page.split('<script type="application/json"')[0]


def test_findings_come_first_with_their_line(tmp_path):
    times = [*hourly(100), "2025-11-30T00:00:00Z"]
    result, page = page_of(made(starts(*times)), tmp_path)
    assert result.findings[0].severity == "error"
    assert "<h1>Correct the data before training: " in page
    assert page.index('id="findings"') < page.index('id="span"')
    first = re.search(r'<li class="(\w+)">', page)
    assert first is not None
    assert first[1] == "error"
    assert "<code>exported_at: '2024-01-05T23:59:59Z'" in page


@pytest.mark.slow
@pytest.mark.parametrize(
    "records",
    [
        made(starts(f"{DAY}09:00:00Z")),
        made(starts(f"{DAY}09:00:00Z"), clock="none"),
        made(starts(f"{DAY}09:00:00Z"), [("a", f"{DAY}09:00:00Z", "closed")], [("a", 1.0)]),
        made(starts(*hourly(50)), [(name_of(0), time, "served") for time in hourly(50)]),
        made(starts(*hourly(50), price=None, channel=None, own=None, customer_id=None)),
        made(starts(*[f"{DAY}09:00:00Z"] * 50), feedback=[(name_of(place), 3.0) for place in range(50)]),
        made(starts(*hourly(50)), [("a", time, f"kind_{place}") for place, time in enumerate(hourly(100))]),
        made(starts(*hourly(50)), [("a", time, "closed") for time in hourly(50)], clock="none"),
    ],
    ids=["one row", "one row, no clock", "one event", "one kind", "null columns", "one time", "100 kinds", "no clock"],
)  # fmt: skip
def test_every_shape_of_data_has_a_page(records, tmp_path):
    result, page = page_of(records, tmp_path)
    assert "<h1>" in page
    assert "nan" not in body(page)
    assert "None" not in body(page)
    assert json.loads((tmp_path / "out" / "check.json").read_text(encoding="utf-8"))["findings"] == [
        {name: getattr(one, name) for name in ("topic", "severity", "found", "means", "file", "line")}
        for one in result.findings
    ]


@pytest.mark.slow
def test_what_customers_wrote_and_rare_words_are_never_shown(tmp_path):
    n = 300
    times = hourly(n)
    rows = starts(
        *times,
        channel=[f"channel of person {place}" for place in range(n)],
        venue=[f"venue of person {place}" for place in range(n)],
        Remark=[f"{HUGE} {place}" for place in range(n)],
        **{"😀" * 200: [float(place % 2) for place in range(n)]},
    )
    events = [
        (name_of(place), time, "message", "customer", f"{HUGE}{place}") for place, time in enumerate(times)
    ]
    events += events[:50]
    events += [(name_of(place), time, f"told_by_{place % 30}") for place, time in enumerate(times)]
    events += [(name_of(place), time, "closed") for place, time in enumerate(times[:250])]
    events += [(name_of(place), times[place + 9], f"told_by_{place % 30}") for place in range(250)] * 2
    rated = [(name_of(place), float(1 + place % 5), "2024-03-01T10:00:00Z") for place in range(0, n, 2)]
    result, page = page_of(made(rows, events, rated), tmp_path)
    written = page + json.dumps(result.to_dict(), default=str) + str(result.summary())
    assert "huge text" not in written
    assert "of person" not in written
    assert "told_by" not in page + str(result.report.to_dict())
    assert "😀" * 100 not in page
    assert result.report.duplicates.n_events == 50 + 250


def test_the_line_of_every_finding_is_yaml(company, quick_model):
    lines = [one.line for one in check(company, model=quick_model).findings if one.line]
    broken = made(
        [
            *starts(*hourly(60), "2025-11-30T00:00:00Z", customer_id="x", promised_at="2023-01-01T00:00:00Z"),
            {"interaction_id": "a"},
        ],
        [
            ("a", f"{DAY}09:00:00Z", "resolve_ticket"),
            ("b", f"{DAY}09:00:00Z", "closed"),
            ("b", f"{DAY}10:00:00Z", "message"),
        ],
        [("a", 1.0), ("b", 9.0, f"{DAY}09:00:00Z")],
    )  # fmt: skip
    lines += [one.line for one in examine(broken.tables).findings if one.line]
    assert len(lines) > 8
    for line in lines:
        (value,) = yaml.safe_load(line).values()
        assert value is not None


def test_the_headline_counts_the_findings():
    assert headline(examine(made(starts(*hourly(60))).tables)).startswith(
        "Correct the data before training: 1 error"
    )
    fine = made(
        starts(*hourly(60)),
        [(name_of(place), time, "served", "staff") for place, time in enumerate(hourly(60))],
    )
    assert headline(examine(fine.tables)).startswith("The data can be used, with ")


def test_tables_with_several_ratings_of_an_interaction_are_counted_once():
    tables = made(starts(*hourly(4)), feedback=[("a", 1.0, f"{DAY}09:00:00Z")]).tables
    twice = pl.concat(
        [tables.feedback, tables.feedback.with_columns(pl.col("rated_at") + pl.duration(days=1))]
    )
    report = examine(tables.replace(feedback=twice))
    assert (report.response.n, report.response.n_rated) == (4, 1)
