"""Faults that exports of known systems and public data sets had when first seen, with made-up rows of their shape."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from forestall.importing import import_tables
from forestall.importing.suggest.reading_options import read_unknown
from forestall.jobs.suggest import suggest
from unseen_rows import N, named, rows_of, starts, suggested


def test_values_in_objects_are_understood_with_the_name_of_their_object() -> None:
    draw, times = random.Random(60), starts(60)
    words = ["unoffered", "offered", "good", "bad"]
    mapping, model, _ = suggested(
        rows_of(
            **{
                "id": list(range(900, 900 + N)),
                "created_at": [str(t) for t in times],
                "satisfaction_rating.score": [words[i % 4] for i in range(N)],
                "satisfaction_rating.tone": [draw.choice(["mild", "harsh"]) for _ in range(N)],
                "metric_set.ticket_id": list(range(900, 900 + N)),
                "metric_set.solved_at": [str(t + timedelta(hours=9)) for t in times],
                "metric_set.full_resolution_time_in_minutes.calendar": [
                    draw.randrange(900) for _ in range(N)
                ],
                "metric_set.agent_wait_time_in_minutes.calendar": [draw.randrange(900) for _ in range(N)],
                "metric_set.time_to_assignment": [draw.randrange(900) for _ in range(N)],
            }
        )
    )
    assert mapping["interactions"]["interaction_id"] == "id"
    assert mapping["feedback"]["rating"]["values"] == {
        "bad": 1,
        "good": 5,
        "offered": None,
        "unoffered": None,
    }
    assert mapping["never"] == ["satisfaction_rating.tone"]
    assert "served" not in [event["kind"] for event in mapping["events"]]
    assert set(mapping["known_at"].values()) == {"resolved"}
    assert named(mapping, model) == set()


def reviews(**further: list[object]) -> pl.DataFrame:
    draw = random.Random(61)
    columns: dict[str, list[object]] = {
        "stars": [draw.randrange(1, 6) for _ in range(N)],
        "title": [" ".join(draw.choices(["late", "fine", "kind", "cold"], k=4)) + str(i) for i in range(N)],
        "helpful_vote": [draw.randrange(9) for _ in range(N)],
        "useful": [draw.randrange(9) for _ in range(N)],
    }
    return rows_of(**{**further, **columns})


def test_what_is_written_with_or_after_a_review_is_kept_from_the_model() -> None:
    times = starts(61)
    replied = [str(t + timedelta(days=1)) if i % 2 else None for i, t in enumerate(times)]
    mapping, model, questions = suggested(
        reviews(
            **{
                "Review Id": [f"r{i}" for i in range(N)],
                "Reply Date": replied,
                "Review Created": [str(t) for t in times],
                "userName": [f"{i % 150}" for i in range(N)],
            }
        )
    )
    assert mapping["interactions"]["started_at"] == "Review Created"
    assert [event["kind"] for event in mapping["events"]] == ["issue_raised"]
    assert mapping["never"] == ["title", "helpful_vote", "useful"]
    assert named(mapping, model) == set()
    assert [one for one in questions if "'Review Created' looks like the time of the rating" in one]


def test_reviews_are_the_interactions_and_not_the_places_that_they_are_of() -> None:
    draw, times = random.Random(62), starts(62)
    places = rows_of(
        business_id=[f"b{i}" for i in range(20)], name=[f"n{i}" for i in range(20)], stars=[3, 4] * 10
    )
    mapping, *_ = suggested(
        {
            "business": places,
            "review": reviews(
                review_id=[f"r{i}" for i in range(N)],
                business_id=[f"b{draw.randrange(20)}" for _ in range(N)],
                date=[str(t) for t in times],
            ),
        }
    )
    assert mapping["interactions"]["interaction_id"] == "review_id"
    assert mapping["feedback"]["rating"] == "stars"
    assert "business.stars" in mapping["never"]


def test_a_number_called_like_a_key_is_no_time() -> None:
    mapping, *_ = suggested(
        rows_of(
            **{
                "Ticket ID": list(range(N)),
                "Created time": [str(t) for t in starts(63)],
                "Contact ID": [43000 + i % 90 for i in range(N)],
            }
        )
    )
    assert mapping["interactions"]["started_at"] == "Created time"
    assert mapping["interactions"]["customer_id"] == "Contact ID"


@pytest.mark.parametrize("form", ["%B", "%b", "%m"])
def test_a_day_in_three_columns_is_joined_and_a_week_is_no_key(form: str, tmp_path: Path) -> None:
    times = starts(64)
    rows_of(
        hotel=["a", "b"] * (N // 2),
        arrival_date_year=[t.year for t in times],
        arrival_date_month=[f"{t:{form}}" for t in times],
        arrival_date_week_number=[t.isocalendar().week for t in times],
        arrival_date_day_of_month=[t.day for t in times],
        previous_cancellations=[i % 2 for i in range(N)],
        lead_time=[i % 90 for i in range(N)],
        is_canceled=[i % 3 == 0 for i in range(N)],
        reserved_room_type=["C", "D", "E", "F"] * (N // 4),
    ).write_csv(tmp_path / "a.csv")
    mapping = yaml.safe_load(suggest(tmp_path / "a.csv", output=tmp_path / "m.yaml").suggestion.mapping)
    assert mapping["interactions"]["started_at"]["format"] == f"%Y {form} %d"
    assert {"previous_cancellations", "lead_time"} <= set(mapping["keep"])
    assert "known_at" not in mapping
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"])
    assert tables.interactions["started_at"].dt.date().sort().to_list() == [t.date() for t in times]


def test_a_file_of_changes_with_keys_of_its_own_has_the_events() -> None:
    times = starts(65)
    changes = [(i, field) for i in range(N) for field in ("created", "Status", "Owner", "Status")]
    mapping, model, _ = suggested(
        {
            "Case": rows_of(
                Id=[f"5{i}" for i in range(N)],
                CreatedDate=[str(t) for t in times],
                SystemModstamp=[str(t + timedelta(days=30)) for t in times],
                IsClosed=[i % 2 == 0 for i in range(N)],
            ),
            "CaseHistory": rows_of(
                Id=[f"h{k}" for k in range(len(changes))],
                CaseId=[f"5{i}" for i, _ in changes],
                CreatedDate=[str(times[i] + timedelta(hours=k % 4)) for k, (i, _) in enumerate(changes)],
                Field=[field for _, field in changes],
                OldValue=[None if k % 4 == 0 else "New" for k in range(len(changes))],
                NewValue=[(None, "Working", "Ann", "Closed")[k % 4] for k in range(len(changes))],
            ),
        }
    )
    assert mapping["events"][0] == {
        "from": "CaseHistory",
        "kind": {"column": "NewValue", "values": {"Closed": "closed"}},
        "at": "CreatedDate",
        "when": {"column": "Field", "is": ["Status"]},
    }
    assert mapping["never"] == ["IsClosed"]
    assert named(mapping, model) == set()


def test_the_last_of_several_times_and_the_reply_of_the_customer_are_no_reply_of_staff() -> None:
    times = starts(66)
    hours = {
        "first_contact_reply_at": 1,
        "first_admin_reply_at": 2,
        "last_admin_reply_at": 3,
        "first_close_at": 4,
    }
    mapping, *_ = suggested(
        rows_of(
            id=list(range(N)),
            created_at=[str(t) for t in times],
            data_as_of=[str(times[-1] + timedelta(days=50))] * N,
            **{
                name: [str(t + timedelta(hours=n, minutes=i % 9)) for i, t in enumerate(times)]
                for name, n in hours.items()
            },
        )
    )
    kinds = {event["kind"]: event["at"] for event in mapping["events"]}
    assert kinds["responded"] == "first_admin_reply_at"
    assert kinds["first_contact_reply"] == "first_contact_reply_at"
    assert not {"last_admin_reply", "data_as_of"} & set(kinds)


def test_lengths_of_a_call_log_are_known_at_its_end_and_who_hung_up_was_not_served() -> None:
    draw, times = random.Random(67), starts(67)

    def lengths() -> list[str]:
        return [f"00:{draw.randrange(9):02d}:{draw.randrange(60):02d}" for _ in range(N)]

    mapping, model, questions = suggested(
        rows_of(
            **{
                "CALL ID": list(range(N)),
                "TIMESTAMP": [str(t) for t in times],
                "AGENT": [f"a{draw.randrange(9)}@x" for _ in range(N)],
                "AGENT NAME": [f"A{draw.randrange(9)}" for _ in range(N)],
                "CALL TIME": lengths(),
                "QUEUE WAIT TIME": lengths(),
                "TALK TIME": lengths(),
                "AFTER CALL WORK TIME": lengths(),
                "ABANDONED": [i % 5 == 0 for i in range(N)],
            }
        )
    )
    wait = {"after": "started_at", "seconds": "QUEUE WAIT TIME"}
    served, abandoned = mapping["events"][1:3]
    assert (served["at"], served["when"]) == (wait, {"column": "ABANDONED", "is": ["False"]})
    assert (abandoned["kind"], abandoned["at"], abandoned["when"]) == ("abandoned", wait, "ABANDONED")
    assert mapping["known_at"] == {"AGENT": "served", "CALL TIME": "closed", "AFTER CALL WORK TIME": "closed"}
    assert named(mapping, model) == set()
    assert not [one for one in questions if "form that is not known" in one]


def test_each_answer_of_a_form_is_known_with_the_rating() -> None:
    draw = random.Random(68)
    mapping, model, _ = suggested(
        {
            "answers": rows_of(
                **{
                    "Horodateur": [f"{t:%d/%m/%Y %H:%M:%S}" for t in starts(68)],
                    "Êtes-vous satisfait ?": [
                        draw.choice(["Satisfait", "Neutre", "Insatisfait"]) for _ in range(N)
                    ],
                    "Comment évaluez-vous l'accueil ?": [1 + i % 5 for i in range(N)],
                    "Par quel moyen êtes-vous venu ?": [draw.choice(["bus", "auto"]) for _ in range(N)],
                    "Agence": [draw.choice(["Lyon", "Paris"]) for _ in range(N)],
                }
            )
        }
    )
    assert mapping["feedback"]["rating"]["column"] == "Êtes-vous satisfait ?"
    assert mapping["never"] == ["Comment évaluez-vous l'accueil ?", "Par quel moyen êtes-vous venu ?"]
    assert mapping["interactions"]["venue"] == "Agence"
    assert named(mapping, model) == set()


def test_answers_below_questions_and_import_ids_are_read(tmp_path: Path) -> None:
    header = ["StartDate", "EndDate", "Duration (in seconds)", "ResponseId", "Q1", "Q2"]
    asked = [
        "Start Date",
        "End Date",
        "Duration (in seconds)",
        "Response ID",
        "How satisfied are you?",
        "Why?\nTell us",
    ]
    ids = [json.dumps({"ImportId": name}) for name in header]
    steps = ("Extremely dissatisfied", "Neither satisfied nor dissatisfied", "Extremely satisfied")
    rows = [
        [str(t), str(t + timedelta(minutes=3)), str(9 + i), f"R_{i}", steps[i % 3], f"so {i} it was"]
        for i, t in enumerate(starts(69))
    ]
    pl.DataFrame([asked, ids, *rows], schema=header, orient="row").write_csv(tmp_path / "a.csv")
    assert read_unknown(tmp_path / "a.csv")[1] == {"skip_rows": 1}
    mapping = yaml.safe_load(suggest(tmp_path / "a.csv", output=tmp_path / "m.yaml").suggestion.mapping)
    assert mapping["feedback"]["rating"]["column"] == "How satisfied are you?"
    assert mapping["never"] == ["Duration (in seconds)", "Why?\nTell us"]
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"])
    assert tables.interactions.height == tables.feedback.height == N
    assert set(tables.events["kind"]) == {"arrived"}


def test_keys_and_times_of_day_are_not_asked_about_as_the_start() -> None:
    times = starts(70)
    *_, questions = suggested(
        rows_of(
            **{
                "Call Id": [f"ID{i:04d}" for i in range(N)],
                "Date": [f"{t:%Y-%m-%d}" for t in times],
                "Time": [f"{t:%H:%M:%S}" for t in times],
                "Booking Value": [200 + i for i in range(N)],
                "Arrival Delay in Minutes": [10 + i % 70 for i in range(N)],
            }
        )
    )
    assert not [one for one in questions if "in a form that is not known" in one or "are these times" in one]


def test_a_limit_is_a_promise_and_a_purchase_no_start_of_a_ticket() -> None:
    times = starts(71)
    mapping, _, questions = suggested(
        rows_of(
            **{
                "Ticket ID": list(range(N)),
                "Date of Purchase": [f"{t - timedelta(days=400):%Y-%m-%d}" for t in times],
                "shipping_limit_date": [str(t) for t in times],
            }
        )
    )
    assert mapping["interactions"]["promised_at"] == "shipping_limit_date"
    assert [one for one in questions if "every wait would be counted from the purchase" in one]


def test_who_delivers_is_no_case_and_the_mean_of_earlier_ratings_is_asked_about() -> None:
    draw = random.Random(72)
    mapping, _, questions = suggested(
        rows_of(
            ID=[f"0x{i:x}" for i in range(N)],
            Delivery_person_ID=[f"p{draw.randrange(12)}" for _ in range(N)],
            Delivery_person_Age=[draw.randrange(20, 40) for _ in range(N)],
            Delivery_person_Ratings=[f"{draw.uniform(3.5, 5):.1f}" for _ in range(N)],
            Order_Date=[str(t) for t in starts(72)],
            Type_of_order=[draw.choice(["Snack", "Meal"]) for _ in range(N)],
        )
    )
    assert "event_log" not in mapping
    assert mapping["interactions"]["staff"] == "Delivery_person_ID"
    assert [event["kind"] for event in mapping["events"]] == ["issue_raised"]
    assert [one for one in questions if "or the mean of many?" in one]


@pytest.mark.parametrize(
    "names",
    [
        ("Overall Rating", "Likelihood to Recommend"),
        ("Customer Rating", "Driver Ratings"),
        ("Overall, how satisfied are you with our support?", "How likely are you to recommend us?"),
    ],
)
def test_of_two_ratings_the_customers_own_of_the_whole_is_the_label(names: tuple[str, str]) -> None:
    for order in (names, names[::-1]):
        mapping, *_ = suggested(
            rows_of(
                id=list(range(N)),
                opened=[str(t) for t in starts(73)],
                closed=[str(t + timedelta(hours=1)) for t in starts(73)],
                **{name: [1 + i % (5 if name == names[0] else 10) for i in range(N)] for name in order},
            )
        )
        assert mapping["feedback"]["rating"] == names[0]
        assert mapping["never"] == [names[1]]


def test_a_day_with_a_comma_is_no_decimal_comma() -> None:
    mapping, *_ = suggested(
        rows_of(
            id=list(range(N)),
            opened=[str(t) for t in starts(74)],
            reviewTime=[f"{t:%m} {t.day}, {t:%Y}" for t in starts(74)],
        )
    )
    assert "decimal" not in mapping


def test_the_command_names_the_mapping_where_it_was_written(tmp_path: Path) -> None:
    rows_of(id=list(range(N)), opened=[str(t) for t in starts(75)]).write_csv(tmp_path / "a.csv")
    target = tmp_path / "draft" / "mapping.yaml"
    assert f"forestall import {target} " in suggest(tmp_path / "a.csv", output=target).suggestion.mapping


def test_without_times_a_key_that_repeats_is_no_key_and_a_title_no_word_of_the_start() -> None:
    mapping, *_ = suggested(
        {
            "export": reviews(
                **{
                    "Clothing ID": [i // 2 for i in range(N)],
                    "Age": [18 + i % 60 for i in range(N)],
                    "Reply": ["so"] * 9 + [f"a{i}" for i in range(N - 9)],
                }
            )
        }
    )
    assert mapping["keys"] == "row_number"
    assert mapping["never"] == ["Reply", "title", "helpful_vote", "useful"]


def test_what_few_interactions_come_to_is_known_afterwards() -> None:
    times = starts(76)
    mapping, model, _ = suggested(
        {
            "orders": rows_of(
                **{
                    "order_id": list(range(N)),
                    "order_placed_at": [str(t) for t in times],
                    "delivered_at": [str(t + timedelta(hours=1)) for t in times],
                    "complaint_type": [("Late", "Cold")[i % 2] if i % 5 == 0 else None for i in range(N)],
                    "complaint narrative": [
                        f"it was {i} times late" if i % 3 == 0 else None for i in range(N)
                    ],
                    "refund_amount": [i if i % 6 == 0 else 0 for i in range(N)],
                    "Customer_care_calls": [2 + i % 4 for i in range(N)],
                    "Reached.on.Time_Y.N": [i % 2 for i in range(N)],
                }
            )
        }
    )
    assert mapping["never"] == ["complaint_type", "refund_amount"]
    assert mapping["events"][0]["text"] == "complaint narrative"
    assert mapping["known_at"] == {"Customer_care_calls": "delivered", "Reached.on.Time_Y.N": "delivered"}
    assert named(mapping, model) == set()


def test_satisfaction_is_the_label_before_effort_and_the_direction_of_effort_is_asked() -> None:
    scores = {
        "Customer Effort Score": [1 + i % 7 for i in range(N)],
        "CSAT (1-5)": [1 + i % 5 for i in range(N)],
    }
    calls = {"id": list(range(N)), "start": [str(t) for t in starts(77)], "Wait (sec)": list(range(N))}
    mapping, *_ = suggested(rows_of(**calls, **scores))
    assert mapping["feedback"]["rating"] == "CSAT (1-5)"
    del scores["CSAT (1-5)"]
    *_, questions = suggested(rows_of(**calls, **scores))
    assert [one for one in questions if one.startswith("does a higher number mean more effort?")]
