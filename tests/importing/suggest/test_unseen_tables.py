"""Faults that public tables had when first seen, in keys, files and what a row is; with made-up rows of that shape."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from forestall.importing import import_tables
from forestall.importing.suggest import suggest_mapping
from forestall.importing.suggest.reading_options import read_unknown
from forestall.importing.suggest.scene import table_names
from forestall.jobs.suggest import suggest
from unseen_rows import FIRST, N, named, rows_of, starts, suggested


def test_reviews_of_a_few_hotels_are_the_interactions() -> None:
    draw = random.Random(10)
    hotels = rows_of(
        HotelID=list(range(9)),
        HotelName=[f"h{i}" for i in range(9)],
        HotelStarRating=[3, 4, 5] * 3,
        DistanceToAirport=list(range(20, 29)),
    )
    reviews = rows_of(
        FeedbackID=list(range(N)),
        HotelID=[draw.randrange(9) for _ in range(N)],
        ReviewScore=[draw.randrange(1, 11) for _ in range(N)],
    )
    mapping, *_ = suggested({"hotels": hotels, "reviews": reviews})
    assert mapping["interactions"]["interaction_id"] == "FeedbackID"
    assert mapping["feedback"]["rating"] == "ReviewScore"
    assert mapping["tables"] == {"hotels": {"on": {"HotelID": "HotelID"}}}
    assert mapping["interactions"]["venue"] == "hotels.HotelName"


def test_tickets_that_point_to_a_list_of_customers_are_the_interactions() -> None:
    draw, times = random.Random(11), starts(11)
    customers = rows_of(
        customer_id=list(range(50)),
        signup_date=["2025-01-01"] * 50,
        plan=["a", "b"] * 25,
        seen=["2025-02-01"] * 50,
    )
    tickets = rows_of(
        ticket_id=list(range(N)),
        customer_id=[draw.randrange(50) for _ in range(N)],
        opened=[t.isoformat() for t in times],
    )
    mapping, *_ = suggested({"customers": customers, "tickets": tickets})
    assert mapping["interactions"]["interaction_id"] == "ticket_id"


def test_a_csv_without_a_header_is_read_with_numbered_columns(tmp_path: Path) -> None:
    lines = [f"{7000 + i},{t:%m/%d/%Y %I:%M:%S %p},Tree,BROOKLYN" for i, t in enumerate(starts(12))]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    rows, options = read_unknown(tmp_path / "a.csv")
    assert options == {"header": False}
    assert rows.frame.height == N
    assert rows.frame.columns[:2] == ["column 1", "column 2"]
    found = suggest(tmp_path / "a.csv").suggestion
    assert any(question.startswith("the first line looks like a row") for question in found.questions)


@pytest.mark.parametrize(
    "header", ["id,2025,2026", "id,0,1", "2026-01-01 00:00:00,b,c"], ids=["years", "numbers", "a time"]
)
def test_a_header_of_numbers_or_times_stays_one_if_its_columns_hold_something_else(
    header: str, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(header + "\nx1,a,b\nx2,c,d\n")
    assert read_unknown(tmp_path / "a.csv")[1] == {}


@pytest.mark.slow
def test_lines_above_the_header_of_a_sheet_are_skipped(tmp_path: Path) -> None:
    xlsxwriter = pytest.importorskip("xlsxwriter", reason="XlsxWriter writes the file of this test")
    book = xlsxwriter.Workbook(tmp_path / "a.xlsx")
    sheet = book.add_worksheet()
    sheet.write(0, 0, "Report")
    sheet.write(2, 0, "Calls of May")
    sheet.write_row(4, 0, ["ID", "Channel", "CSAT"])
    for i in range(30):
        sheet.write_row(5 + i, 0, [f"c{i}", "Phone", i % 5])
    book.close()
    rows, options = read_unknown(tmp_path / "a.xlsx")
    assert list(options) == ["skip_rows"]
    assert rows.frame.columns[:3] == ["ID", "Channel", "CSAT"]
    assert rows.frame.height == 30
    assert rows.frame["__line__"][0] == 6


def test_without_a_key_the_times_are_kept_and_each_row_is_an_interaction(tmp_path: Path) -> None:
    draw, times = random.Random(13), starts(13)
    rows_of(
        start_date=[t.date() for t in times],
        end_date=[(t + timedelta(days=3)).date() for t in times],
        priority=[draw.choice(["high", "low"]) for _ in range(N)],
        satisfaction_score=[draw.uniform(1, 5) for _ in range(N)],
    ).write_csv(tmp_path / "a.csv")
    found = suggest(tmp_path / "a.csv", output=tmp_path / "mapping.yaml").suggestion
    mapping = yaml.safe_load(found.mapping)
    assert mapping["keys"] == "row_number"
    assert mapping["feedback"]["rating"] == "satisfaction_score"
    tables = import_tables(tmp_path / "mapping.yaml", [tmp_path / "a.csv"])
    assert tables.interactions["interaction_id"].to_list()[:2] == ["1", "2"]
    assert tables.interactions.height == tables.feedback.height == N
    assert tables.events.filter(pl.col("kind") == "closed").height == N


def test_a_key_that_no_name_tells_is_found_by_its_times() -> None:
    draw, times = random.Random(14), starts(14)
    tickets = [i for i in range(N) for _ in range(1 + i % 3)]
    mapping, _, questions = suggested(
        rows_of(
            Ticker=[4000 + i for i in tickets],
            Categoria=[draw.choice("abc") for _ in tickets],
            **{
                "Data Abertura": [times[i].strftime("%d/%m/%Y %H:%M") for i in tickets],
                "Data Fechamento": [
                    (times[i] + timedelta(hours=5)).strftime("%d/%m/%Y %H:%M") for i in tickets
                ],
            },
        )
    )
    assert mapping["interactions"]["interaction_id"] == "Ticker"
    assert "does 'Ticker' identify an interaction? Rows with the same have the same times" in questions


def test_parts_of_an_export_may_lack_columns_and_names_may_begin_with_a_digit(tmp_path: Path) -> None:
    times = [t.isoformat() for t in starts(17)]
    full = rows_of(
        id=list(range(N)), opened=times, channel=["chat", "mail"] * (N // 2), queue=["a", "b"] * (N // 2)
    )
    full.head(150).write_csv(tmp_path / "2026-01.csv")
    full.tail(50).drop("queue").write_csv(tmp_path / "2026-02.csv")
    files = [tmp_path / "2026-01.csv", tmp_path / "2026-02.csv"]
    mapping = yaml.safe_load(suggest(files, output=tmp_path / "mapping.yaml").suggestion.mapping)
    assert "tables" not in mapping
    assert import_tables(tmp_path / "mapping.yaml", files).interactions.height == N
    assert table_names(["2026_01", "2026_02"]) == {"2026_01": "t_01", "2026_02": "t_02"}


def test_the_command_of_the_first_lines_can_be_copied(tmp_path: Path) -> None:
    times = [t.isoformat() for t in starts(18)]
    rows_of(id=list(range(N)), opened=times).write_csv(tmp_path / "Hospital ER.csv")
    assert "Hospital ER.csv' --output data" in suggest(tmp_path / "Hospital ER.csv").suggestion.mapping


def test_a_key_of_which_a_spreadsheet_lost_digits_is_left_out() -> None:
    times = starts(19)
    found = suggest_mapping(
        {
            "tweets": rows_of(
                tweet_id=[f"5.7030{i % 40}E+17" for i in range(N)],
                created=[t.isoformat() for t in times],
                channel=["a", "b"] * (N // 2),
            )
        }
    )
    assert "its digits were lost" in found.mapping


def test_the_key_of_a_person_who_rates_several_times_is_no_key_of_the_interaction() -> None:
    draw, times = random.Random(20), starts(20)
    mapping, *_ = suggested(
        rows_of(
            rev_id=[draw.randrange(130) for _ in range(N)],
            date=[t.strftime("%d/%m/%y %H:%M") for t in times],
            rating=[f"Rated {draw.randrange(1, 6)}.0" for _ in range(N)],
        )
    )
    assert mapping["keys"] == "row_number"
    assert mapping["feedback"]["rating"] == "rating"


def test_bookings_are_the_interactions_and_not_the_flights_that_they_point_to(tmp_path: Path) -> None:
    draw, times = random.Random(21), starts(21)
    flights = rows_of(
        flight_id=[f"F{i}" for i in range(20)],
        scheduled_departure=[(FIRST + timedelta(days=200 + i)).isoformat() for i in range(20)],
        actual_departure=[(FIRST + timedelta(days=200 + i, minutes=9)).isoformat() for i in range(20)],
        load_factor=[draw.random() for _ in range(20)],
    )
    customers = rows_of(
        customer_id=list(range(40)), first_name=["Bo", "Li", "Mo", "Jo"] * 10, age=list(range(20, 60))
    )
    bookings = rows_of(
        booking_id=[f"B{i}" for i in range(N)],
        booking_date=[t.date() for t in times],
        customer_id=[draw.randrange(40) for _ in range(N)],
        flight_id=[f"F{draw.randrange(20)}" for _ in range(N)],
    )
    reviews = rows_of(
        review_id=list(range(90)),
        booking_id=[f"B{i}" for i in range(90)],
        flight_id=[f"F{i % 20}" for i in range(90)],
        rating=[draw.randrange(1, 6) for _ in range(90)],
    )
    mapping, model, _ = suggested(
        {"flights": flights, "customers": customers, "bookings": bookings, "reviews": reviews}
    )
    assert mapping["interactions"]["interaction_id"] == "booking_id"
    assert mapping["interactions"]["promised_at"] == "flights.scheduled_departure"
    assert mapping["feedback"]["rating"] == "reviews.rating"
    assert {"flights.load_factor", "customers.age"} <= set(mapping["never"])
    assert not named(mapping, model) & {"customers.first_name", "flights.load_factor"}


def test_the_key_that_is_in_an_object_says_whose_it_is() -> None:
    draw, times = random.Random(40), starts(40)
    mapping, *_ = suggested(
        rows_of(
            **{
                "requester.id": [f"u{draw.randrange(60)}" for _ in range(N)],
                "id": [str(900 + i) for i in range(N)],
                "created_at": [t.isoformat() for t in times],
            }
        )
    )
    assert mapping["interactions"]["interaction_id"] == "id"
    assert mapping["interactions"]["customer_id"] == "requester.id"


def test_the_length_of_an_array_of_events_is_left_out() -> None:
    draw, times = random.Random(41), starts(41)
    steps = [
        [
            json.dumps({"type": draw.choice(["note", "reply"]), "created_at": str(t + timedelta(hours=k))})
            for k in range(n)
        ]
        for t in times
        if (n := draw.randrange(1, 6))
    ]
    frame = rows_of(
        id=[str(900 + i) for i in range(N)],
        created_at=[t.isoformat() for t in times],
        total_parts=[len(one) for one in steps],
    ).with_columns(pl.Series("parts", steps))
    mapping, model, _ = suggested(frame)
    assert "parts" in [event.get("from") for event in mapping["events"]]
    assert named(mapping, model) == set()
    assert "total_parts" not in mapping.get("keep", [])


def test_the_speaker_is_the_column_whose_words_are_known() -> None:
    draw = random.Random(42)
    sides = ["inbound" if i % 3 == 0 else "outbound" for i in range(N)]
    mapping, *_ = suggested(
        rows_of(
            conversation=[f"w{i // 5}" for i in range(N)],
            timestamp=[str(t) for t in starts(42)],
            **{
                "from": [
                    f"+45{i // 5:08d}" if side == "inbound" else draw.choice(["Ann", "Bo"])
                    for i, side in enumerate(sides)
                ]
            },
            direction=sides,
            message=[draw.choice(["where is my order", "it is on its way", "thank you"]) for _ in range(N)],
        )
    )
    assert mapping["event_log"]["case"] == "conversation"
    assert mapping["event_log"]["actor"]["column"] == "direction"


def test_the_question_for_a_key_names_the_column_that_repeats() -> None:
    draw = random.Random(43)
    *_, questions = suggested(
        rows_of(
            CallID=[f"c{i // 2}" for i in range(N)],
            LegStart=[str(t) for t in starts(43)],
            QueueSec=[draw.randrange(400) for _ in range(N)],
        )
    )
    assert [question for question in questions if "all rows with one 'CallID' one interaction?" in question]
