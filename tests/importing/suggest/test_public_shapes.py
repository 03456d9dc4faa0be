"""What exports of service desks, call centres and shops showed when first seen, with made-up rows of their shape."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

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


def test_the_command_names_the_mapping_where_it_was_written(tmp_path: Path) -> None:
    rows_of(id=list(range(N)), opened=[str(t) for t in starts(75)]).write_csv(tmp_path / "a.csv")
    target = tmp_path / "draft" / "mapping.yaml"
    assert f"forestall import {target} " in suggest(tmp_path / "a.csv", output=target).suggestion.mapping


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
