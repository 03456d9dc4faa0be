"""Kinds of faults that public tables had when they were first seen, each with made-up rows of the same shape."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from forestall.importing import import_tables
from forestall.importing.suggest import suggest_mapping
from forestall.importing.suggest.reading_options import read_unknown
from forestall.importing.suggest.scene import table_names
from forestall.jobs.suggest import suggest

FIRST = datetime(2026, 1, 5, 8)
N = 200


def rows_of(**columns: list[Any]) -> pl.DataFrame:
    """Give columns as a CSV reader does: text, empty cells null."""
    return pl.DataFrame(
        {
            name: [None if cell in (None, "") else str(cell) for cell in cells]
            for name, cells in columns.items()
        },
        schema=dict.fromkeys(columns, pl.String),
    )


def suggested(
    tables: pl.DataFrame | dict[str, pl.DataFrame],
) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Give mapping, model and questions for tables; a single one is called `tickets`."""
    found = suggest_mapping({"tickets": tables} if isinstance(tables, pl.DataFrame) else tables)
    return yaml.safe_load(found.mapping), yaml.safe_load(found.model), found.questions


def named(mapping: dict[str, Any], model: dict[str, Any]) -> set[str]:
    """Give the columns of `context` in the model."""
    return {*model["context"]["categorical"], *model["context"]["numeric"]}


def starts(seed: int = 0) -> list[datetime]:
    draw = random.Random(seed)
    return sorted(FIRST + timedelta(minutes=draw.randrange(120 * 24 * 60)) for _ in range(N))


def test_a_day_in_two_forms_beside_a_time_of_day(tmp_path: Path) -> None:
    times = starts()
    rows_of(
        Ticket=list(range(N)),
        Day=[t.strftime("%d-%m-%y") if t.day > 12 else f"{t.day}/{t.month}/{t.year}" for t in times],
        Written=[t.strftime("%d-%b-%y") for t in times],
        Time=[t.strftime("%I:%M:%S %p") for t in times],
    ).write_csv(tmp_path / "a.csv")
    mapping = yaml.safe_load(suggest(tmp_path / "a.csv", output=tmp_path / "mapping.yaml").suggestion.mapping)
    assert mapping["interactions"]["started_at"]["format"] == [
        "%d-%m-%y %I:%M:%S %p",
        "%d/%m/%Y %I:%M:%S %p",
    ]
    tables = import_tables(tmp_path / "mapping.yaml", [tmp_path / "a.csv"])
    came = tables.interactions["started_at"]
    assert came.dt.replace_time_zone(None).sort().to_list() == times


def test_the_order_of_day_and_month_may_differ_between_two_forms() -> None:
    times = starts(1)
    form = "%m/%d/%Y"  # what a program made of the days that it could read
    mapping, *_ = suggested(
        rows_of(
            Ticket=list(range(N)),
            Day=[t.strftime("%d-%m-%Y" if t.day > 12 else form) for t in times],
            Written=[t.strftime("%d %b %Y") for t in times],
        )
    )
    assert mapping["interactions"]["started_at"]["format"] == ["%d-%m-%Y", "%m/%d/%Y"]


def test_the_day_of_the_start_in_a_second_column_is_no_event() -> None:
    times = starts(2)
    mapping, _, questions = suggested(
        rows_of(
            **{
                "Request id": list(range(N)),
                "Request timestamp": [t.strftime("%d-%m-%Y %H:%M") for t in times],
                "Request Date": [t.strftime("%d-%m-%Y") for t in times],
                "Drop timestamp": [(t + timedelta(minutes=40)).strftime("%d-%m-%Y %H:%M") for t in times],
            }
        )
    )
    assert [event["kind"] for event in mapping["events"]] == ["issue_raised", "closed"]
    assert not [question for question in questions if "is it the start" in question]


def test_what_follows_from_the_last_state_is_known_late() -> None:
    draw, times = random.Random(3), starts(3)
    status = [draw.choice(["Done", "Done", "No car", "Cancelled"]) for _ in range(N)]
    mapping, model, _ = suggested(
        rows_of(
            **{
                "Booking ID": list(range(N)),
                "Booked at": [t.isoformat(sep=" ") for t in times],
                "Status": status,
                "Driver": [f"d{draw.randrange(9)}" if one != "No car" else -1 for one in status],
                "Kilometres": [draw.randrange(30) / 10 if one == "Done" else None for one in status],
                "Went": ["Y" if one == "Done" else "N" for one in status],
                "Vehicle": [draw.choice(["Bike", "Sedan"]) for _ in range(N)],
            }
        )
    )
    assert set(mapping["never"]) == {"Status", "Driver", "Kilometres", "Went"}
    assert named(mapping, model) == {"Vehicle"}


def test_portuguese_tickets() -> None:
    draw, times = random.Random(4), starts(4)
    mapping, model, _ = suggested(
        rows_of(
            id_ticket=[f"T{i}" for i in range(N)],
            data_abertura=[t.date() for t in times],
            data_fechamento=[(t + timedelta(days=2)).date() for t in times],
            cliente=[f"c{draw.randrange(60)}" for _ in range(N)],
            tempo_resolucao_horas=[draw.randrange(1, 60) for _ in range(N)],
            satisfacao_cliente=[draw.randrange(1, 6) for _ in range(N)],
            reaberto=[draw.choice(["Sim", "Não"]) for _ in range(N)],
            sistema=[draw.choice(["ERP", "CRM"]) for _ in range(N)],
        )
    )
    assert mapping["interactions"]["started_at"] == "data_abertura"
    assert mapping["feedback"] == {"rating": "satisfacao_cliente"}
    assert {event["kind"] for event in mapping["events"]} == {
        "issue_raised",
        "closed",
        "resolved",
        "reopened",
    }
    assert named(mapping, model) == {"sistema"}


def test_names_of_what_a_help_desk_knows_late() -> None:
    draw, times = random.Random(5), starts(5)
    late = {
        "Overdue": [draw.choice([0, 1]) for _ in range(N)],
        "Thread Count": [draw.randrange(30) for _ in range(N)],
        "Agent Assigned": [draw.choice("abcd") for _ in range(N)],
        "Handle_Time_hrs": [
            f"{draw.randrange(9)},{draw.randrange(9)},{draw.randrange(99)}" for _ in range(N)
        ],
    }
    mapping, model, _ = suggested(
        rows_of(
            **{"Ticket Number": list(range(N)), "Date Created": [t.isoformat() for t in times]},
            **late,
            Priority=[draw.choice(["High", "Low"]) for _ in range(N)],
        )
    )
    assert set(mapping["never"]) == set(late)
    assert named(mapping, model) == {"Priority"}


def test_lengths_whose_unit_no_name_says_are_guessed_with_a_question() -> None:
    draw, times = random.Random(6), starts(6)
    mapping, model, questions = suggested(
        rows_of(
            patient_id=[f"145-{i}" for i in range(N)],
            date=[t.strftime("%Y/%m/%d %-H:%M") for t in times],
            patient_waittime=[draw.randrange(10, 60) for _ in range(N)],
            patient_sat_score=[draw.randrange(0, 11) for _ in range(N)],
            preparation_time=[draw.randrange(20, 36) for _ in range(N)],
        )
    )
    served = next(event for event in mapping["events"] if event["kind"] == "served")
    assert served["at"] == {"after": "started_at", "minutes": "patient_waittime"}
    assert "is it in minutes? No name says its unit; half of its values are at most 35" in questions or any(
        question.startswith("is it in minutes?") for question in questions
    )
    assert mapping["never"] == ["preparation_time"]
    assert named(mapping, model) == set()


def test_a_promised_length_is_no_event() -> None:
    draw, times = random.Random(7), starts(7)
    mapping, *_ = suggested(
        rows_of(
            ticket_id=list(range(N)),
            created=[t.isoformat() for t in times],
            sla_target_hours=[draw.choice([4, 8]) for _ in range(N)],
            resolution_hours=[draw.randrange(1, 20) for _ in range(N)],
        )
    )
    assert mapping["interactions"]["promised_at"] == {"after": "started_at", "hours": "sla_target_hours"}
    assert [event["kind"] for event in mapping["events"]] == ["issue_raised", "resolved"]


def test_if_hardly_a_rating_is_bad_the_question_is_which() -> None:
    draw, times = random.Random(8), starts(8)
    _, model, questions = suggested(
        rows_of(
            order_id=list(range(N)),
            placed_at=[t.isoformat() for t in times],
            rating=[draw.choice([3, 4, 5, 5, ""]) for _ in range(N)],
        )
    )
    assert model["label"]["dissatisfied_at_or_below"] == 3
    assert "which ratings are bad? Only 0.0% are 2 or less, the lowest is 3" in questions


def test_a_mood_is_the_rating_where_nothing_else_is() -> None:
    draw, times = random.Random(9), starts(9)
    mapping, _, questions = suggested(
        rows_of(
            tweet_id=list(range(N)),
            created=[t.isoformat() for t in times],
            airline_sentiment=[draw.choice(["negative", "neutral", "positive"]) for _ in range(N)],
        )
    )
    assert mapping["feedback"]["rating"]["values"] == {"negative": 2, "neutral": 3, "positive": 4}
    assert [question for question in questions if "what a program read" in question]


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


def test_days_until_a_later_time_are_known_then_whatever_they_are_called() -> None:
    draw, times = random.Random(15), starts(15)
    days = [draw.randrange(1, 20) for _ in range(N)]
    mapping, model, _ = suggested(
        rows_of(
            complaint_id=list(range(N)),
            reported=[t.date() for t in times],
            resolved=[(t + timedelta(days=n)).date() for t, n in zip(times, days, strict=True)],
            x7=days,
        )
    )
    assert mapping["known_at"] == {"x7": "resolved"}
    assert named(mapping, model) == set()


def test_the_list_of_customers_says_how_they_are_on_the_day_of_the_export() -> None:
    draw, times = random.Random(16), starts(16)
    customers = rows_of(
        customer_id=list(range(60)),
        nickname=[f"Bo {i}" for i in range(60)],
        plan=[draw.choice(["free", "paid"]) for _ in range(60)],
        usage_score=[draw.randrange(100) for _ in range(60)],
        is_churned=[draw.choice([0, 1]) for _ in range(60)],
        churn_date=["2026-09-01" if draw.random() < 0.5 else "" for _ in range(60)],
    )
    tickets = rows_of(
        ticket_id=list(range(N)),
        customer_id=[draw.randrange(60) for _ in range(N)],
        opened=[t.isoformat() for t in times],
    )
    mapping, model, _ = suggested({"tickets": tickets, "customers": customers})
    assert "feedback" not in mapping
    assert "customers.usage_score" in mapping["never"]
    assert mapping["known_at"] == {"customers.is_churned": "churned"}
    assert named(mapping, model) == {"customers.plan"}


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


def test_names_are_left_out_of_small_tables_too() -> None:
    mapping, model, _ = suggested(
        rows_of(
            ticket_id=list(range(12)),
            opened=[t.isoformat() for t in starts(22)[:12]],
            First_Name=["Bo", "Li", "Mo"] * 4,
            plan=["a", "b"] * 6,
        )
    )
    assert named(mapping, model) == {"plan"}
