"""What people keep in spreadsheets: days and times of day as numbers, and many ways to write a day."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from forestall.importing import import_tables
from forestall.importing.suggest.late_names import late_by_name
from forestall.jobs.suggest import suggest
from unseen_rows import N, rows_of, starts, suggested

_ZERO = datetime(1899, 12, 30)


def serial(time: datetime) -> tuple[str, str]:
    """Return the day and the time of day as a spreadsheet counts them."""
    apart = time.replace(tzinfo=None) - _ZERO
    return str(apart.days), f"{apart.seconds / 86_400:.15g}"


def test_a_day_and_a_time_of_day_that_are_numbers_are_one_time(tmp_path: Path) -> None:
    draw = random.Random(80)
    opened = [t.replace(tzinfo=None, microsecond=0) for t in starts(80)]
    begun = [t + timedelta(minutes=draw.randrange(1, 40)) for t in opened]
    closed = [t + timedelta(minutes=draw.randrange(1, 400)) for t in begun]
    rows = rows_of(
        **{
            "DATA": [serial(t)[0] for t in opened],
            "HORA": [serial(t)[1] for t in opened],
            "CLIENTE": [f"C{i % 60}" for i in range(N)],
            "TEMPO DE ESPERA": [
                f"{(b - o).seconds / 86_400:.17f}" for o, b in zip(opened, begun, strict=True)
            ],
            "DATA INICIO ATEND.": [serial(t)[0] for t in begun],
            "HORÁRIO INICIO ATEND.2": [serial(t)[1] for t in begun],
            "DATA DE FECHAMENTO": [serial(t)[0] for t in closed],
            "HORA DE FECHAMENTO": [serial(t)[1] for t in closed],
            "FINALIZADO?": ["SIM", "NÃO"] * (N // 2),
            "TEMPO TOTAL DE ATENDIMENTO": [
                f"{(c - b).seconds / 86_400:.17f}" for b, c in zip(begun, closed, strict=True)
            ],
        }
    )
    rows.write_csv(tmp_path / "a.csv")
    mapping = yaml.safe_load(suggest(tmp_path / "a.csv", output=tmp_path / "m.yaml").suggestion.mapping)
    assert mapping["interactions"]["started_at"] == {"columns": ["DATA", "HORA"], "unit": "excel"}
    kinds = {event["kind"]: event for event in mapping["events"]}
    assert kinds["served"]["at"] == {"after": "started_at", "days": "TEMPO DE ESPERA"}
    assert "data_inicio_atend" in kinds
    assert mapping["known_at"] == {"FINALIZADO?": "closed", "TEMPO TOTAL DE ATENDIMENTO": "closed"}
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"])
    assert tables.interactions["started_at"].dt.replace_time_zone(None).to_list() == opened
    ends = tables.events.filter(pl.col("kind") == "closed")["at"].dt.replace_time_zone(None)
    assert sorted(ends) == sorted(closed)
    served = tables.events.filter(pl.col("kind") == "served")["at"].dt.replace_time_zone(None)
    assert sorted(served) == sorted(begun)


def test_one_column_may_write_days_in_figures_and_in_words(tmp_path: Path) -> None:
    months = [
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ]
    days = [t.date() for t in starts(81)]
    forms = [
        lambda d: f"{d.day}/{d.month}/{d:%y}",
        lambda d: f"{d.day} de {months[d.month - 1]} de {d.year}",
        lambda d: f"{d.year}-{d.day}-{d.month}",
        lambda d: f"{d.day}/{d.month}/{d.year}",
    ]
    texts = [forms[i % 4](day) for i, day in enumerate(days)]
    rows_of(id=list(range(N)), fecha_reclamo=texts).write_csv(tmp_path / "a.csv")
    suggest(tmp_path / "a.csv", output=tmp_path / "m.yaml")
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"])
    assert tables.interactions["started_at"].dt.date().to_list() == days


def test_a_year_is_mostly_followed_by_the_month() -> None:
    mapping, *_ = suggested(rows_of(id=list(range(N)), opened=[f"{t:%Y-%m-%d}" for t in starts(82)]))
    assert mapping["interactions"]["started_at"] == "opened"


@pytest.mark.parametrize(("word", "asked"), [("Not given", False), ("Sem nota", False), ("see file", True)])
def test_a_word_beside_numbers_is_no_rating(word: str, asked: bool) -> None:
    draw = random.Random(83)
    mapping, _, questions = suggested(
        rows_of(
            order_id=list(range(N)),
            created_at=[str(t) for t in starts(83)],
            rating=[draw.choice(["3", "4", "5", word]) for _ in range(N)],
        )
    )
    assert mapping["feedback"]["rating"] == {"column": "rating", "values": {word: None}}
    assert bool([one for one in questions if "no rating" in one]) is asked


def test_lengths_that_spread_over_a_whole_day_may_be_times_of_day() -> None:
    draw = random.Random(84)
    times = [str(t) for t in starts(84)]
    clocks = [f"{draw.randrange(24):02}:{draw.randrange(60):02}:00" for _ in range(N)]
    lengths = [f"{draw.randrange(9):02}:{draw.randrange(60):02}:00" for _ in range(N)]
    *_, questions = suggested(
        rows_of(id=list(range(N)), created=times, first_response_time=clocks, time_to_resolution=lengths)
    )
    assert len([one for one in questions if "is it a length?" in one]) == 1


def test_where_customers_say_that_they_are_is_no_venue() -> None:
    n = 3_000
    times = [str(datetime(2025, 1, 1) + timedelta(minutes=7 * i)) for i in range(n)]
    columns = {"id": list(range(n)), "created": times, "airline": ["a", "b", "c"] * (n // 3)}
    mapping, *_ = suggested(rows_of(**columns, user_location=[f"town {i % 1_000}" for i in range(n)]))
    assert "venue" not in mapping["interactions"]
    mapping, *_ = suggested(rows_of(**columns, location=[f"town {i % 400}" for i in range(n)]))
    assert mapping["interactions"]["venue"] == "location"


def test_a_comma_in_a_sentence_is_no_decimal_mark() -> None:
    times = [str(t) for t in starts(85)]
    said = [f"the invoice of {i},50 came twice, and nobody answers" for i in range(N)]
    mapping, *_ = suggested(rows_of(id=list(range(N)), created=times, message=said))
    assert "decimal" not in mapping


def test_the_state_of_a_person_is_not_that_of_the_case() -> None:
    draw = random.Random(86)
    mapping, *_ = suggested(
        rows_of(
            id=list(range(N)),
            created=[str(t) for t in starts(86)],
            status=[draw.choice(["open", "closed"]) for _ in range(N)],
            marital_status=[draw.choice(["single", "married", "widowed"]) for _ in range(N)],
            quantity=[1 + i % 10 for i in range(N)],
            rating=[draw.randrange(1, 6) for _ in range(N)],
        )
    )
    assert mapping["never"] == ["status"]
    assert {"marital_status", "quantity"} <= set(mapping["keep"])


@pytest.mark.parametrize(
    "name", ["FINALIZADO?", "Abgeschlossen", "Terminé", "Afgehandeld", "Concluso", "Avsluttet"]
)
def test_whether_a_case_was_finished_is_known_at_its_end(name: str) -> None:
    late = late_by_name(name)
    assert late is not None
    assert late.known == "at_closing"


@pytest.mark.parametrize("name", ["Tempo total de atendimento", "Tiempo de resolución", "Temps passé"])
def test_a_length_of_time_whose_name_begins_with_time_is_known_when_it_is_over(name: str) -> None:
    late = late_by_name(name)
    assert late is not None
    assert late.known == "at_closing"


def test_how_long_somebody_has_been_there_is_known_before() -> None:
    assert late_by_name("Tempo de casa") is None


def test_a_key_that_two_rows_repeat_by_mistake_is_the_key_and_a_count_is_none() -> None:
    draw, times = random.Random(94), starts(94)
    keys = [f"IT{i}" for i in range(N)]
    keys[-1] = keys[0]
    mapping, *_ = suggested(
        rows_of(
            INCIDENT_ID=keys,
            STATUS=[draw.choice(["CLOSED", "RESOLVED"]) for _ in range(N)],
            OPEN_TIME=[str(t) for t in times],
            RESOLVE_TIME=[str(t + timedelta(hours=5)) for t in times],
            TICKET_REOPEN_COUNT=[draw.choice([0, 0, 0, 1, 2]) for _ in range(N)],
        )
    )
    assert "event_log" not in mapping
    assert mapping["interactions"]["interaction_id"] == "INCIDENT_ID"


def test_hours_and_minutes_of_a_case_are_known_when_it_is_over() -> None:
    draw, times = random.Random(95), starts(95)
    mapping, *_ = suggested(
        rows_of(
            id=list(range(N)),
            inicio=[str(t) for t in times],
            fin=[str(t + timedelta(minutes=50)) for t in times],
            MIN=[draw.randrange(90) for _ in range(N)],
            HORAS=[draw.randrange(9) for _ in range(N)],
            hour=[t.hour for t in times],
            special_handling=[draw.choice(["fragile", "cold"]) for _ in range(N)],
        )
    )
    assert mapping["known_at"] == {"MIN": "closed", "HORAS": "closed"}
    assert {"hour", "special_handling"} <= set(mapping["keep"])


def test_of_two_ends_the_one_called_closed_is_it() -> None:
    times = starts(96)
    later = {hours: [str(t + timedelta(hours=hours)) for t in times] for hours in (5, 9)}
    mapping, *_ = suggested(
        rows_of(
            id=list(range(N)), created=[str(t) for t in times], completedDate=later[5], closedDate=later[9]
        )
    )
    kinds = {event["kind"]: event["at"] for event in mapping["events"][1:]}
    assert kinds == {"completed": "completedDate", "closed": "closedDate"}


def test_a_mark_that_some_rows_have_is_not_the_same_in_all() -> None:
    times = [str(t) for t in starts(97)]
    mapping, *_ = suggested(rows_of(id=list(range(N)), created=times, urgent=["Yes", None] * (N // 2)))
    assert mapping["keep"] == ["urgent"]


def test_words_of_a_mood_that_are_not_known_are_asked_about() -> None:
    draw = random.Random(98)
    moods = [draw.choice(["negative", "positive", "critical"]) for _ in range(N)]
    *_, questions = suggested(
        rows_of(id=list(range(N)), created=[str(t) for t in starts(98)], sentiment=moods)
    )
    assert [one for one in questions if "what a program read" in one and "critical" in one]
