"""Faults that public tables had when first seen, in what a column holds; with made-up rows of the same shape."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import yaml

from forestall.importing import import_tables
from forestall.jobs.suggest import suggest
from unseen_rows import N, named, rows_of, starts, suggested


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
