"""Columns of tables in languages and with names of months that no sample had."""

from __future__ import annotations

from datetime import timedelta

import pytest

from unseen_rows import N, named, rows_of, starts, suggested


@pytest.mark.parametrize(
    ("written", "form"),
    [
        (["5. januar 2026 08:00", "7. maj 2026 09:00", "9. okt. 2026 10:00"], "%d. %b %Y %H:%M"),
        (["5 janv. 2026 08:00", "7 mai 2026 09:00", "9 août 2026 10:00"], "%d %b %Y %H:%M"),
        (["5 de janeiro de 2026 08:00", "7 de maio de 2026 09:00"], "%d de %b de %Y %H:%M"),
        (["05-ENE-26", "07-MAY-26", "09-AGO-26"], "%d-%b-%y"),
    ],
    ids=["Danish", "French", "Portuguese", "Spanish"],
)
def test_times_with_months_of_other_languages_are_found(written: list[str], form: str) -> None:
    opened = [written[i % len(written)] for i in range(N)]
    mapping, *_ = suggested(rows_of(id=list(range(N)), opened=opened, channel=["a", "b"] * (N // 2)))
    assert "clock" not in mapping
    assert mapping["interactions"]["started_at"] == {"column": "opened", "format": form}


def test_a_start_in_no_known_form_is_asked_about() -> None:
    mapping, _, questions = suggested(
        rows_of(id=list(range(N)), opened=[f"week {i % 52} of 2026" for i in range(N)])
    )
    assert mapping["clock"] == "none"
    assert "are these times: 'opened'? Then give their format, and leave 'clock' out" in questions


def test_of_two_times_the_one_whose_whole_name_says_it_is_the_event() -> None:
    opened = starts(31)
    hours = {"Received": 0, "Out for delivery": 9, "First delivery attempt": 10, "Delivered": 12}
    mapping, *_ = suggested(
        rows_of(
            Order=[f"O{i}" for i in range(N)],
            **{name: [str(t + timedelta(hours=n)) for t in opened] for name, n in hours.items()},
        )
    )
    kinds = {event["at"]: event["kind"] for event in mapping["events"] if isinstance(event["at"], str)}
    assert kinds["Delivered"] == "delivered"
    assert kinds["Out for delivery"] == "out_for_delivery"
    assert kinds["First delivery attempt"] == "first_delivery_attempt"


def test_a_table_in_japanese_is_understood() -> None:
    opened = starts(32)
    rated = [i % 3 == 0 for i in range(N)]
    mapping, model, _ = suggested(
        rows_of(
            受付番号=[f"A{i:05d}" for i in range(N)],
            受付日時=[f"{t:%Y年%m月%d日 %H時%M分}" for t in opened],
            完了日時=[f"{t + timedelta(hours=7):%Y/%m/%d %H:%M}" for t in opened],
            顧客ID=[f"K{i % 60}" for i in range(N)],
            満足度=[("満足", "普通", "やや不満", "不満")[i % 4] if r else None for i, r in enumerate(rated)],
            評価日時=[str(t + timedelta(days=3)) if r else None for t, r in zip(opened, rated, strict=True)],
        )
    )
    assert mapping["interactions"] == {
        "interaction_id": "受付番号",
        "started_at": {"column": "受付日時", "format": "%Y年%m月%d日 %H時%M分"},
        "customer_id": "顧客ID",
    }
    assert [event["kind"] for event in mapping["events"]] == ["issue_raised", "closed"]
    assert mapping["feedback"]["rating"]["values"] == {"満足": 4, "普通": 3, "やや不満": 2, "不満": 1}
    assert mapping["feedback"]["rated_at"] == "評価日時"
    assert named(mapping, model) == set()


def test_a_table_in_afrikaans_is_understood() -> None:
    opened = starts(33)
    mapping, *_ = suggested(
        rows_of(
            Kaartjienommer=[f"{i:05d}" for i in range(N)],
            **{
                "Geopen op": [str(t) for t in opened],
                "Gesluit op": [str(t + timedelta(hours=9)) for t in opened],
                "Bedrag (R)": [f"R {1 + i % 7} {i:03d},50" for i in range(N)],
                "Tevredenheid %": [f"{20 * (1 + i % 5)}%" for i in range(N)],
            },
        )
    )
    assert mapping["interactions"]["started_at"] == "Geopen op"
    assert mapping["interactions"]["price"] == "Bedrag (R)"
    assert mapping["decimal"] == ","
    assert {"kind": "closed", "at": "Gesluit op", "actor": "system"} in mapping["events"]
    assert mapping["feedback"]["rating"] == "Tevredenheid %"
