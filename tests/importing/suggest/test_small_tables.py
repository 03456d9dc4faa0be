"""Tables that are small, or about something else: counts that are no keys, logs of persons, lines of orders."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import polars as pl
import yaml

from forestall.importing import import_tables
from forestall.jobs.suggest import suggest
from unseen_rows import N, named, rows_of, starts, suggested


def test_a_count_is_no_case_and_a_table_of_many_facts_no_log() -> None:
    draw = random.Random(90)
    times = starts(90)
    facts = {f"fact {i}": [draw.choice("abcd") for _ in range(N)] for i in range(8)}
    rows = rows_of(
        Record_Index=[f"R{i:05}" for i in range(N)],
        Number_of_items=[draw.randrange(1, 6) for _ in range(N)],
        Main_Number=[draw.randrange(1, 40) for _ in range(N)],
        Date=[f"{t:%d/%m/%Y}" for t in times],
        Time=[f"{t:%H:%M}" for t in times],
        Area_Type=[draw.choice(["town", "road", "field"]) for _ in range(N)],
        **facts,
    )
    mapping, _, _ = suggested(rows)
    assert "event_log" not in mapping
    assert mapping["interactions"]["interaction_id"] == "Record_Index"
    assert mapping["interactions"]["started_at"]["columns"] == ["Date", "Time"]
    *_, questions = suggested(rows_of(number_of_items=[i % 6 for i in range(N)], area=["a"] * N))
    assert not [one for one in questions if "'number_of_items' one" in one]


def test_what_happened_to_persons_is_a_log_and_asked_about() -> None:
    days = [f"{t:%Y-%m-%d}" for t in starts(91)]
    steps = [f"Step {i % 10}" for i in range(N)]
    log = {"Patient": [i // 10 for i in range(N)], "Activity": steps, "Timestamp": days}
    mapping, _, questions = suggested(rows_of(**log))
    assert mapping["event_log"] == {"case": "Patient", "activity": "Activity", "timestamp": "Timestamp"}
    assert [one for one in questions if "one 'Patient' one interaction?" in one]
    mapping, *_ = suggested(rows_of(**log, Amount=[i % 7 for i in range(N)]))
    assert "event_log" not in mapping


def test_of_the_lines_of_an_order_the_first_counts(tmp_path: Path) -> None:
    orders = [i // 2 for i in range(N)]
    times = starts(92)
    rows_of(
        **{
            "Row ID": list(range(1, N + 1)),
            "Order ID": [f"A-{i}" for i in orders],
            "Order Date": [f"{times[i]:%Y-%m-%d}" for i in orders],
            "Ship Date": [f"{times[i] + timedelta(days=2):%Y-%m-%d}" for i in orders],
            "Item": [f"item {i % 9}" for i in range(N)],
        }
    ).write_csv(tmp_path / "orders.csv")
    found = suggest(tmp_path / "orders.csv", output=tmp_path / "m.yaml").suggestion
    assert yaml.safe_load(found.mapping)["newest_by"] == "Order Date"
    assert [one for one in found.questions if "'Item'" in one]
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "orders.csv"])
    assert tables.interactions.height == N // 2


def test_the_file_of_the_ratings_tells_nothing_from_before_them() -> None:
    times = starts(93)[:48]
    rated = range(0, 48, 5)
    tickets = {
        "id": [f"T{i}" for i in range(48)],
        "old_number": [f"T{i}" for i in range(48)],
        "state": [["new", "open", "solved"][i % 3] for i in range(48)],
        "created_at": [f"{t}Z" for t in times],
        "solved_at": [f"{t + timedelta(hours=5)}Z" for t in times],
        "judged": [i in rated for i in range(48)],
        "judged_id": [f"J{i}" if i in rated else None for i in range(48)],
        "put_away_at": [f"{t + timedelta(hours=9)}Z" if i % 7 == 0 else None for i, t in enumerate(times)],
        "put_away": [i % 7 == 0 for i in range(48)],
    }
    ratings = {
        "ticket_id": [f"T{i}" for i in rated],
        "scores.warmth": [i % 4 for i in rated],
        "rating": [i % 4 + 1 for i in rated],
        "notes": [f"said of it {'much ' * (i % 4)}" for i in rated],
        "created_at": [f"{times[i] + timedelta(days=1)}Z" for i in rated],
    }
    mapping, model, _ = suggested({"tickets": rows_of(**tickets), "judgements": rows_of(**ratings)})
    assert mapping["feedback"] == {"rating": "judgements.rating", "rated_at": "judgements.created_at"}
    never = {"judged", "judged_id", "judgements.scores.warmth", "judgements.notes"}
    assert never <= set(mapping["never"])
    assert not named(mapping, model) & never
    assert mapping["known_at"] == {"put_away": "put_away"}
    assert "old_number" not in mapping["keep"]


def test_what_is_made_of_the_words_of_a_review_is_known_with_them() -> None:
    draw = random.Random(94)
    mapping, *_ = suggested(
        {
            "reviews": rows_of(
                Place=[draw.choice(["A", "B"]) for _ in range(N)],
                Rating=[draw.randrange(1, 6) for _ in range(N)],
                Review=[f"it was {'very ' * (i % 5)}much as number {i} said" for i in range(N)],
                Topic=[draw.choice(["Staff", "Food", "Rooms"]) for _ in range(N)],
            )
        }
    )
    assert {"Review", "Topic"} <= set(mapping["never"])


def test_the_last_activity_is_of_the_day_of_the_export_and_an_index_may_be_a_word() -> None:
    draw = random.Random(95)
    mapping, *_ = suggested(
        rows_of(
            id=list(range(N)),
            created=[str(t) for t in starts(95)],
            price=["3"] * N,
            **{
                "Last Activity": [draw.choice(["Email opened", "Called", "Visited"]) for _ in range(N)],
                "Size Index": [draw.choice(["01.High", "02.Medium", "03.Low"]) for _ in range(N)],
            },
        )
    )
    assert mapping["never"] == ["Last Activity"]
    assert mapping["keep"] == ["Size Index"]
    assert "price" not in mapping["interactions"]


def test_a_value_that_stands_once_is_not_the_usual_one() -> None:
    states = ["new", *["open", "solved"] * 30][:60]
    rows = {"id": [f"T{i}" for i in range(60)], "created": [str(t) for t in starts(96)[:60]]}
    ends = [str(t + timedelta(hours=9)) for t in starts(96)[:60]]
    codes = [f"x{i:02}" for i in range(60)]
    mapping, *_ = suggested(rows_of(**rows, status=states, closed=ends, code=codes))
    assert "code" not in mapping.get("known_at", {})


def test_numbers_of_a_spreadsheet_may_be_keys() -> None:
    rows = rows_of(created=[str(t) for t in starts(97)], kind=["a", "b"] * (N // 2))
    ids = pl.Series("Ticket_ID", [float(i) for i in range(N)])
    counts = pl.Series("NumWebVisits", [float(i % 7) for i in range(N)])
    mapping, *_ = suggested(rows.insert_column(0, ids).with_columns(counts))
    assert mapping["interactions"]["interaction_id"] == "Ticket_ID"
    assert "newest_by" not in mapping
    mapping, *_ = suggested(rows.drop("Ticket_ID").with_columns(counts))
    assert "event_log" not in mapping
    mapping, *_ = suggested(rows.drop("Ticket_ID").insert_column(0, ids + 0.5))
    assert mapping["keys"] == "row_number"
