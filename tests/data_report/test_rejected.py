"""Rejected rows and cells: counted by table and rule, now and at the import."""

import polars as pl

import forestall
from forestall.data_report.rejected import Rejected, rejected
from made_records import made, starts

DAY = "2024-03-02T"


def test_rows_that_are_rejected_now_are_counted_with_their_remedy():
    rows = [
        *starts(f"{DAY}10:00:00Z", f"{DAY}10:00:00Z"),
        {"interaction_id": "a", "started_at": f"{DAY}11:00:00Z"},
    ]
    found = rejected(made(rows).tables)
    assert found.rejected == [Rejected("interactions", "duplicate_key", 1, "check", {})]
    (finding,) = found.findings
    assert finding.severity == "error"  # a third of the rows
    assert (
        "1 of 3 (33.3\u00a0%) rows of interactions were rejected at the check by the rule duplicate key."
        in finding.found
    )
    assert finding.line.startswith("newest_by: updated_at")


def test_any_table_of_the_import_is_shown_and_cells_by_column(tmp_path):
    tables = made(
        starts(f"{DAY}10:00:00Z"), rejected_at_import={"cells": {"unreadable_time": 2}, "gadgets": {"odd": 7}}
    ).tables
    folder = tmp_path / "rejected"
    folder.mkdir()
    cells = {
        "table": ["interactions"] * 3,
        "column": ["promised_at", "promised_at", "price"],
        "rule": ["unreadable_time", "unreadable_time", "unreadable_number"],
        "raw": ["my secret words"] * 3,
    }
    pl.DataFrame(cells).write_parquet(folder / "cells.parquet")
    found = rejected(tables, tmp_path)
    assert found.rejected == [
        Rejected("cells", "unreadable_time", 2, "import", {"promised_at": 2}),
        Rejected("gadgets", "odd", 7, "import", {}),
        Rejected("cells", "unreadable_number", 1, "import", {"price": 1}),
    ]
    assert "2 cells were rejected at the import by the rule unreadable time, in promised_at (2)." in (
        one.found for one in found.findings
    )
    assert "secret" not in repr(found)
    assert {one.severity for one in found.findings} == {"note"}


def test_what_the_import_rejected_is_listed_once_for_tables_in_memory_too(tmp_path):
    (tmp_path / "m.yaml").write_text(
        "interactions: {interaction_id: T, started_at: At, price: Price}\n"
        "feedback: {rating: Stars, rated_at: {after: started_at, days: 1}}\n"
    )
    rows = [f"t{i},2024-03-{1 + i:02d} 10:00,{i},{1 + i % 5}" for i in range(25)]
    rows[3] = rows[3].replace(",3,", ",abc,")
    (tmp_path / "a.csv").write_text("\n".join(["T,At,Price,Stars", *rows, rows[8], "t99,x"]) + "\n")
    imported = forestall.import_records(tmp_path / "m.yaml", tmp_path / "a.csv", output=tmp_path / "d")
    read_again = forestall.import_records(tmp_path / "m.yaml", tmp_path / "a.csv", output=tmp_path / "d")
    expected = {
        ("interactions", "duplicate_key", 1, "import"),
        ("cells", "unreadable_number", 1, "import"),
        ("rows", "too_few_cells", 1, "import"),
    }
    for tables in (imported, read_again):
        found = rejected(tables).rejected
        assert {(one.table, one.rule, one.n, one.when) for one in found} == expected
        assert len(found) == len(expected)
        assert next(one.columns for one in found if one.table == "cells") == {"price": 1}
        assert forestall.check(tables).figures["rejected"] == {}
        later = tables.reject_off_scale(1, 4)
        assert later.rejections.counts_since_import() == {"feedback": {"rating_off_scale": 5}}
        (now,) = [one for one in rejected(later).rejected if one.when == "check"]
        assert (now.table, now.rule, now.n) == ("feedback", "rating_off_scale", 5)


def test_without_a_rejected_row_there_is_nothing_to_show():
    found = rejected(made(starts(f"{DAY}10:00:00Z")).tables)
    assert (found.rejected, found.findings) == ([], [])
