"""500 forms of times, numbers, flags and names: table, parts, frames, records by both paths, and import agree on each.

Parts of tables are what a large job and Spark's executors read, by the same function.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forestall.data import Tables, read_tables
from forestall.data.schemas import column_types
from forestall.data.text_values import read_flags, read_numbers, read_times
from forestall.data.whole_tables import WholeTables
from forestall.errors import InputError, UsageError
from forestall.importing import import_tables
from forestall.importing.value_sources import Source, TimeSource
from forestall.importing.values import Cells
from forestall.importing.values import read_numbers as import_numbers
from forestall.importing.values import read_time as import_time
from forestall.moment_features.record_circumstances import HISTORY_FIELDS
from forestall.moment_features.record_fields import MOMENT, read_fields
from forestall.moment_features.record_texts import flags_in, numbers_in, times_in
from forestall.server.settings import Settings
from forestall.server.typed_request import _decoder
from forestall.server.wire_format import read_request
from value_forms import FLAGS, FORMS, NUMBERS, RULES, TIME, TIMES

SETTINGS = Settings(model_uri="m")
REFUSED = "refused"


def without_nan(values: Iterable[Any]) -> list[Any]:
    return [None if isinstance(value, float) and math.isnan(value) else value for value in values]


def rows_of(name: str, texts: list[str]) -> pl.DataFrame:
    ids = [str(number) for number in range(len(texts))]
    start = {"started_at": ["2024-11-03T09:00:00Z"] * len(texts)}
    return pl.DataFrame({"interaction_id": ids, **start, name: texts})


def no_rows(table: str) -> pl.DataFrame:
    return pl.DataFrame(schema=column_types(table))


def answers(tables: Tables, name: str, n: int) -> list[Any]:
    """Return the value of each row, or that it was refused; a row that was rejected counts as refused."""
    column = tables.interactions[name]
    values = column.cast(pl.Int64).to_list() if column.dtype == TIME else column.to_list()
    found = dict(zip(tables.interactions["interaction_id"].to_list(), values, strict=True))
    cells = tables.rejections.frames.get("cells", pl.DataFrame(schema={"key": pl.String, "rule": pl.String}))
    refused = set(cells["key"])
    if cells.height:
        assert set(cells["rule"]) == {RULES[name]}
    return [REFUSED if str(row) in refused else found.get(str(row), REFUSED) for row in range(n)]


@pytest.fixture(scope="module", params=sorted(FORMS))
def form(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[str], list[Any]]:
    """Return a column, its forms, and what a Parquet table says of each."""
    name = request.param
    texts = FORMS[name][0]
    folder = tmp_path_factory.mktemp("data")
    rows_of(name, texts).write_parquet(folder / "interactions.parquet")
    no_rows("events").write_parquet(folder / "events.parquet")
    return name, texts, answers(read_tables(folder, max_rejected=1.0), name, len(texts))


def test_there_are_500_forms_of_which_many_are_read_and_many_refused() -> None:
    assert sum(len(texts) for texts, *_ in FORMS.values()) >= 500
    for name, (texts, _, _, read) in FORMS.items():
        assert len(set(texts)) == len(texts), name
        values, unreadable = read(pl.Series(texts))
        assert len(values) - values.null_count() > 10
        assert unreadable is None or unreadable.sum() > 5


@pytest.mark.slow
def test_parts_and_frames_agree_with_the_table(form: tuple[str, list[str], list[Any]]) -> None:
    name, texts, expected = form
    frame = rows_of(name, texts)
    assert answers(Tables(frame.to_pandas(), no_rows("events")), name, len(texts)) == expected
    assert answers(Tables(frame.lazy(), no_rows("events")), name, len(texts)) == expected
    found: list[Any] = [None] * len(texts)
    for part in range(7):
        raw = {"interactions": frame[part::7], "events": no_rows("events"), "feedback": no_rows("feedback")}
        every = answers(Tables.of_some(raw, WholeTables(datetime(2027, 1, 1, tzinfo=UTC))), name, len(texts))
        found[part::7] = every[part::7]
    assert found == expected


def test_records_agree_with_the_table_over_http_by_both_paths(form: tuple[str, list[str], list[Any]]) -> None:
    name, texts, expected = form
    _, wanted, dtype, _ = FORMS[name]
    read = [(text, value) for text, value in zip(texts, expected, strict=True) if value != REFUSED]
    records = [{"interaction_id": "a", name: text} for text, _ in read]
    body = json.dumps({"dataframe_records": records}).encode()
    by_dicts = read_request(body, SETTINGS).records
    paths = [by_dicts]
    if dtype in (TIME, pl.String):  # numbers and flags in text are not plain: the other path reads them
        paths.append(_decoder((), ()).decode(body).dataframe_records)  # type: ignore[union-attr]
    for rows in paths:
        values = read_fields(rows, {name: dtype})[name]
        assert without_nan(values) == [value for _, value in read]
    refused = [text for text, value in zip(texts, expected, strict=True) if value == REFUSED]
    for text in refused:
        row = [{name: None}, {name: text}]
        with pytest.raises(
            InputError, match=f"^record 1: {name} must be {wanted}(, such as 2026-11-02T09:00:00Z)?$"
        ):
            read_fields(row, {name: dtype})


def test_import_agrees_with_the_table(form: tuple[str, list[str], list[Any]], tmp_path: Path) -> None:
    name, texts, expected = form
    kept = [
        (text, value)
        for text, value in zip(texts, expected, strict=True)
        if not set(text) & set("\r\n\x1c") and (name != "price" or value != REFUSED)
        and (name != "channel" or text.strip() not in {"Na"})
    ]  # fmt: skip
    rows = rows_of(name, [text for text, _ in kept])
    rows.write_csv(tmp_path / "export.csv")
    lines = [
        "interactions:",
        "  interaction_id: interaction_id",
        "  started_at: started_at",
    ]
    lines += [f"  {name}: {name}"] * (name != "started_at")
    lines += ["events: [{kind: arrived, at: started_at}]"]
    (tmp_path / "mapping.yaml").write_text("\n".join(lines))
    got = answers(import_tables(tmp_path / "mapping.yaml", [tmp_path / "export.csv"], 1.0), name, len(kept))
    differs = {text: (mine, value) for (text, value), mine in zip(kept, got, strict=True) if mine != value}
    assert differs == {}


@pytest.mark.parametrize("text", [one for one in NUMBERS if one.strip() and one.isascii()])
def test_one_number_is_read_or_refused_by_an_import_as_by_a_table(text: str) -> None:
    cells = Cells(pl.DataFrame({"x": [text]}), "UTC", "m.yaml")
    values, unreadable = read_numbers(pl.Series([text]))
    try:
        got = import_numbers(cells, Source(column="x"), "interactions.price").values[0]
    except UsageError:
        got = None
    assert got == values[0]
    assert got is None or not unreadable[0]


@pytest.mark.parametrize("name", ["started_at", "purchased_at", "promised_at"])
def test_a_day_is_the_beginning_of_a_start_and_the_end_of_all_else_in_every_form(name: str) -> None:
    for day in ("2024-11-02", "20241102", " 2024/11/02 ", date(2024, 11, 2)):
        expected = 1_730_505_600_000_000 if name != "promised_at" else 1_730_591_999_999_999
        assert read_fields([{name: day}], {name: TIME})[name] == [expected]
        frame = rows_of(name, ["x"]).with_columns(pl.Series(name, [day]))
        objects = rows_of(name, ["x"]).to_pandas()
        objects[name] = pd.Series([day], dtype=object)
        for one in (frame, objects):
            assert answers(Tables(one, no_rows("events")), name, 1) == [expected]


def test_events_of_the_day_of_a_start_come_after_it() -> None:
    start = pl.DataFrame({"interaction_id": ["a"], "started_at": ["2024-11-02"]})
    event = pl.DataFrame({"interaction_id": ["a"], "at": ["2024-11-02T09:00:00Z"], "kind": ["served"]})
    assert Tables(start, event).events.height == 1
    record = {
        "interaction_id": "a",
        "started_at": "2024-11-02",
        "history": [{"started_at": date(2024, 11, 1)}],
    }
    past = read_fields(record["history"], HISTORY_FIELDS)["started_at"]  # type: ignore[arg-type]
    assert past == [1_730_419_200_000_000]


def test_a_moment_of_a_day_is_its_beginning_in_every_form() -> None:
    for text in ("2026-11-02", "20261102", "2026/11/02", date(2026, 11, 2), " 2026-11-02 "):
        assert read_fields([{"x": text}], {"x": MOMENT})["x"] == [1_793_577_600_000_000]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("promised_at", [datetime(2026, 11, 2, 9), date(2026, 11, 2), "2026-11-02 09:00", pd.Timestamp("2020"), None]),
        ("price", [7, 0.5, True, "1,234.5", Decimal("2.5"), np.float32(0.25), math_nan := float("nan"), None]),
        ("is_commodity", [True, 0, 1.0, "yes", np.bool_(False), None, math_nan]),
        ("channel", [12, 12.0, True, 0.5, 1e-7, 1e20, "12.0", Decimal("1.0"), None, " a "]),
    ],
)  # fmt: skip
def test_values_of_python_agree_in_frames_of_objects_and_in_records(name: str, values: list[Any]) -> None:
    frame = rows_of(name, [""] * len(values)).to_pandas()
    frame[name] = pd.Series(values, dtype=object)
    expected = answers(Tables(frame, no_rows("events")), name, len(values))
    found = list(read_fields([{name: value} for value in values], {name: FORMS[name][2]})[name])
    assert without_nan(found) == expected


LETTERS = st.text("0123456789-+:.,TZz /eE$%()naNyYtf\u00a0\u2212", max_size=28)
CHANGED = st.tuples(
    st.sampled_from(TIMES + NUMBERS + FLAGS), st.integers(0, 30), LETTERS.filter(lambda one: len(one) < 3)
)
ODD = LETTERS | CHANGED.map(lambda one: one[0][: one[1]] + one[2] + one[0][one[1] + 1 :])


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(ODD, min_size=1, max_size=12), st.sampled_from([1, 40]))
def test_a_text_is_read_alone_as_among_others_and_in_a_record_as_in_a_column(
    texts: list[str], times: int
) -> None:
    column = pl.Series(texts, dtype=pl.String)
    for of_column, of_record in ((read_times, times_in), (read_numbers, numbers_in), (read_flags, flags_in)):
        values, unreadable = of_column(column)
        values = values.cast(pl.Int64) if values.dtype == TIME else values
        alone = [of_column(column[place : place + 1]) for place in range(len(texts))]
        assert [one.values.cast(values.dtype)[0] for one in alone] == values.to_list()
        assert [one.unreadable[0] for one in alone] == unreadable.to_list()
        found, first = of_record(texts * times)
        assert found == values.to_list() * times
        assert first == (unreadable.arg_max() if unreadable.any() else None)


def test_an_import_reads_a_time_without_a_format_as_a_table_does() -> None:
    texts = [text for text in TIMES if ":" in text]
    cells = Cells(pl.DataFrame({"x": texts}), "UTC", "m.yaml")
    got = import_time(cells, TimeSource(column="x"), "interactions.promised_at", {}).values
    assert got.cast(pl.Int64).to_list() == read_times(pl.Series(texts)).values.cast(pl.Int64).to_list()
