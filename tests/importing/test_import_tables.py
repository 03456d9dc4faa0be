"""A mapping file turns a company's own export into the three tables."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forestall.importing import import_tables
from shop_export import HEADER, MAPPING, ROWS, import_rows


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return partial(import_rows, tmp_path)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_columns_constants_values_and_durations_become_interactions(run: Any) -> None:
    got = run(MAPPING, *ROWS).interactions
    assert got["interaction_id"].to_list() == ["T1", "T2", "T3"]
    # 02:30 occurs twice that night: the first one is summer time
    assert got["started_at"].to_list() == [
        utc("2026-10-25 00:30"),
        utc("2026-07-01 10:00"),
        utc("2026-07-02 10:00"),
    ]
    assert got["channel"].to_list() == ["phone", "mail", None]  # an unlisted value stays unchanged
    assert got["venue"].to_list() == ["Aarhus"] * 3
    assert got["locale"].to_list() == ["da-DK", "en-GB", None]  # a default does not replace an empty cell
    assert got["price"].to_list() == [99.5, None, 10.0]
    assert got["promised_at"].to_list() == [utc("2026-10-26 00:30"), None, None]


def test_kept_columns_are_numbers_or_text_and_no_other_column_is_kept(run: Any) -> None:
    got = run(MAPPING, *ROWS).interactions
    assert got["Size"].to_list() == [3.0, 4.5, None]
    assert got["Code"].to_list() == ["007", "010", None]  # leading zeros: a code, not a number
    assert got["Town"].to_list() == ["Ry", None, None]
    assert got.columns[-3:] == ["Size", "Code", "Town"]


def test_times_counts_and_conditions_make_events(run: Any) -> None:
    got = run(MAPPING, *ROWS).events
    first = got.filter(interaction_id="T1").select("kind", "at", "actor", "text", "value").rows()
    assert first == [
        ("arrived", utc("2026-10-25 00:30"), "customer", None, None),
        ("transferred", utc("2026-10-25 00:35"), None, None, None),
        ("transferred", utc("2026-10-25 00:35"), None, None, None),
        ("resolved", utc("2026-10-26 13:30"), "manager", None, None),
        ("reopened", utc("2026-10-26 14:30"), None, None, None),
        ("refunded", utc("2026-10-26 12:30"), None, None, 12.5),
        ("message", utc("2026-10-25 08:00"), None, "Hej, alle\nsammen", None),
    ]
    assert got.filter(interaction_id="T2")["kind"].to_list() == ["arrived", "resolved"]
    assert got.filter(interaction_id="T2")["actor"].to_list() == ["customer", "2"]
    assert got.filter(interaction_id="T3")["kind"].to_list() == ["arrived"]


def test_a_rating_with_a_date_is_given_at_the_end_of_that_day(run: Any) -> None:
    got = run(MAPPING, *ROWS).feedback
    assert got.rows() == [
        ("T1", 5.0, utc("2026-10-30 22:59:59.999999")),  # winter time
        ("T2", 1.0, utc("2026-07-01 21:59:59.999999")),  # summer time
    ]


def test_an_empty_cell_is_not_rejected(run: Any) -> None:
    assert run(MAPPING, *ROWS).rejections.counts() == {}


def test_about_has_the_origin_of_the_tables(run: Any) -> None:
    about = run(MAPPING, *ROWS).about
    assert len(about.pop("mapping_digest")) == 64
    assert about == {
        "timezone": "Europe/Copenhagen",
        "clock": "times",
        "known_at": {"Code": "resolved"},
        "rating_known": "times",
        "rejected_at_import": {},
        "import": {
            "files": {"export.csv: separator": ",", "export.csv: encoding": "utf-8"},
            "counts": {
                "rows_in": 3,
                "interactions.started_at: local times that occur twice, read as the first": 1,
                "events[0].at: local times that occur twice, read as the first": 1,
            },
            "warnings": [],
        },
    }


CLOCKLESS = """
clock: none
interactions: {channel: Via}
events:
  - {kind: issue_raised, at: {after: started_at}}
  - {kind: closed, at: {after: started_at, days: Days}}
feedback: {rating: Stars}
"""


def test_without_a_clock_the_order_of_rows_is_the_time(run: Any) -> None:
    tables = run(CLOCKLESS, "mail,1,5", "tlf,0,", header="Via,Days,Stars")
    assert tables.interactions["interaction_id"].to_list() == ["1", "2"]
    assert tables.interactions["started_at"].to_list() == [utc("2000-01-01 00:00"), utc("2000-01-01 00:01")]
    assert tables.events.filter(kind="closed")["at"].to_list() == [utc("2000-01-02"), utc("2000-01-01 00:01")]
    assert tables.feedback.rows() == [("1", 5.0, None)]
    assert tables.about["clock"] == "none"
    assert tables.about["rating_known"] == "none"


def test_words_for_a_missing_value_are_null(run: Any) -> None:
    tables = run("missing: ['?', n/a]\n" + CLOCKLESS, "?,1,n/a", "tlf,?,3", header="Via,Days,Stars")
    assert tables.interactions["channel"].to_list() == [None, "tlf"]
    assert tables.events.filter(kind="closed").height == 1
    assert tables.feedback["rating"].to_list() == [3.0]


def test_a_usual_word_that_values_name_is_a_value_in_any_case(run: Any) -> None:
    values = "values: {none: walk_in, n/a: chat}"
    mapping = CLOCKLESS.replace("channel: Via", f"channel: {{column: Via, {values}}}")
    assert mapping != CLOCKLESS
    tables = run(mapping, "None,1,3", "N/A,2,3", "NULL,N/a,None", header="Via,Days,Stars")
    assert tables.interactions["channel"].to_list() == ["walk_in", "chat", None]
    assert tables.feedback["rating"].to_list() == [3.0, 3.0]
    assert tables.rejections.counts() == {}


def test_kinds_may_come_from_a_column(run: Any) -> None:
    kinds = "{column: Act, values: {fixed: resolved, nothing: null}}"
    mapping = f"clock: none\nevents: [{{kind: {kinds}, at: {{after: started_at}}}}]"
    tables = run(mapping, "1,fixed", "2,nothing", "3,", "4,sang", header="Id,Act")
    assert tables.events["kind"].to_list() == ["resolved", "sang"]


def test_parquet_with_types_imports_as_csv_does(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "timezone: Asia/Kolkata\ninteractions: {interaction_id: id, started_at: t, price: p}\n"
        "events: [{kind: closed, at: end, value: p}, {kind: served, at: t, value: {constant: 2}}]\n"
        "feedback: {rating: r, rated_at: day}\nkeep: [n]"
    )
    typed = pl.DataFrame(
        {
            "id": [1.0, 2.0],  # keys that pandas turned into floats because of a missing value
            "t": [datetime(2026, 1, 5, 10), datetime(2026, 1, 5, 11)],
            "end": pl.Series([utc("2026-01-05 05:00"), None], dtype=pl.Datetime("ms", "UTC")),
            "p": pl.Series([1.5, None]),
            "r": [1, 5],
            "day": [datetime(2026, 1, 5).date(), datetime(2026, 1, 6).date()],
            "n": [7, 8],
        }
    )
    typed.write_parquet(tmp_path / "s.parquet")
    plain = typed.with_columns(pl.col("end").dt.to_string("%Y-%m-%dT%H:%M:%SZ"), pl.col("id").cast(pl.Int64))
    plain.write_csv(tmp_path / "s.csv")
    one, other = [import_tables(tmp_path / "m.yaml", [tmp_path / file]) for file in ("s.parquet", "s.csv")]
    assert one.rejections.counts() == {}
    assert one.digest() == other.digest()
    assert one.interactions["started_at"][0] == utc("2026-01-05 04:30")
    assert one.feedback["rated_at"][0] == utc("2026-01-05 18:29:59.999999")


def test_a_rating_dated_like_its_start_in_excel_came_after_it(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    mapping = "interactions: {interaction_id: id, started_at: t}\nfeedback: {rating: r, rated_at: day}"
    (tmp_path / "m.yaml").write_text(mapping)
    book = xlsxwriter.Workbook(tmp_path / "s.xlsx", {"default_date_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["id", "t", "day", "r"])
    sheet.write_row(1, 0, ["1", datetime(2024, 1, 1, 10), datetime(2024, 1, 1), 4])
    book.close()
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "s.xlsx"])
    assert tables.feedback["rated_at"].to_list() == [utc("2024-01-01 23:59:59.999999")]
    assert tables.rejections.counts() == {}


def test_rows_of_several_sources_are_concatenated(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("interactions: {interaction_id: id, started_at: t, channel: c}")
    (tmp_path / "a.csv").write_text("id,t\n1,2026-01-05\n")
    pl.DataFrame({"id": [2], "t": [datetime(2026, 1, 6)], "c": ["x"]}).write_parquet(tmp_path / "b.parquet")
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv", tmp_path / "b.parquet"])
    assert tables.interactions.select("interaction_id", "channel").rows() == [("1", None), ("2", "x")]


CELL = st.sampled_from(["", "1", "2", "junk", "inf", "-3", "2026-07-01", "01/07/2026 12:00", "yes"])


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.lists(CELL, min_size=20, max_size=20), min_size=1, max_size=8))
def test_no_row_of_the_source_is_lost(run: Any, rows: list[list[str]]) -> None:
    good = ROWS[0].replace('"Hej, alle\nsammen"', "Hej")
    mapping = MAPPING.replace('"no": 1}', '"no": 1}, default: null')
    tables = run(mapping, good, *(",".join(row) for row in rows))
    rows = [row for row in rows if any(row)]  # a row of empty cells is none
    assert tables.interactions.height + tables.rejections.count("interactions") == len(rows) + 1
    assert tables.events.height + tables.rejections.count("events") == tables.rejections.rows_in["events"]
    # of rows with one key, the first counts, with its events and its rating
    counted = [row for i, row in enumerate(rows) if not row[0] or row[0] not in [one[0] for one in rows[:i]]]
    n_rated = 1 + sum(row[HEADER.split(",").index("Happy")] == "yes" for row in counted)
    assert tables.feedback.height + tables.rejections.count("feedback") == n_rated
