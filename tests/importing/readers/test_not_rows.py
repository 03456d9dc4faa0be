"""Rows that are none: a header within the file, and totals at its end."""

from pathlib import Path

import polars as pl
import pytest

from forestall.importing import import_tables
from forestall.importing.readers import FileOptions, read_file

ROWS = "".join(f"v{i % 3},{i},{1 + i % 5}\n" for i in range(8))


def read(tmp_path: Path, content: str) -> tuple[pl.DataFrame, list[tuple[int, str, str]], dict[str, str]]:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    rows = read_file(tmp_path / "a.csv", FileOptions())
    return rows.frame, rows.bad.select("line", "rule", "raw").rows(), dict(rows.found)


def test_a_header_within_the_file_is_no_row(tmp_path: Path) -> None:
    frame, bad, _ = read(tmp_path, f"venue,price,score\n{ROWS}venue,price,score\n{ROWS}")
    assert frame.height == 16
    assert bad == [(10, "header_again", "venue,price,score")]
    assert read(tmp_path, "venue,price\nvenue,5\nx,price\n")[0].height == 2


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("Total,28,21", True),
        ("Grand total:,28,", True),
        ("合計,28,21", True),
        ("Gesamt,,21", True),
        ("Average,3.5,2.63", True),
        ("Total,,2.63", True),  # the mean of the ratings
        ("Total,8,", True),  # the number of rows
        ("(8 rows),,", True),
        ("Total,40,4", False),  # a filling station
        ("Total,11,3", False),
        ("Median,3,3", None),
        ("total ,5", None),
    ],
)
def test_totals_at_the_end_are_no_row_where_a_number_says_so(
    tmp_path: Path, row: str, rule: bool | None
) -> None:
    row = row if row.count(",") == 2 else f"{row},"
    frame, bad, found = read(tmp_path, f"venue,price,score\n{ROWS}{row}\n")
    assert [one[:2] for one in bad] == ([(10, "row_of_totals")] if rule else [])
    assert frame.height == (8 if rule else 9)
    assert (found.get("a.csv: line 10") == "may be totals") == (rule is False or row.startswith("total"))


def test_cells_that_keep_spreadsheets_from_reading_a_number_are_their_text(tmp_path: Path) -> None:
    frame, *_ = read(tmp_path, 'id,name\n="001","=""a"""\n="002",b\n')
    assert frame["id"].to_list() == ["001", "002"]
    assert frame["name"].to_list() == ["a", "b"]


def test_several_totals_and_none_in_the_middle(tmp_path: Path) -> None:
    _, bad, _ = read(tmp_path, f"venue,price,score\n{ROWS}Average,3.5,2.63\nTotal,28,21\n")
    assert [line for line, *_ in bad] == [10, 11]
    assert read(tmp_path, f"venue,price,score\nTotal,28,21\n{ROWS}")[1] == []
    _, bad, _ = read(tmp_path, f"venue,price,score\nSubtotal,5,4\n{ROWS}Total,28,21\n")
    assert [line for line, *_ in bad] == [11]


def test_an_import_without_a_clock_rejects_totals_and_says_what_may_be_one(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        "clock: none\nkeys: row_number\ninteractions: {venue: venue, price: price}\nfeedback: {rating: score}\n"
    )
    (tmp_path / "a.csv").write_text(f"venue,price,score\n{ROWS}Total,28,21\n")
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"], max_rejected=0.2)
    assert (tables.interactions.height, tables.feedback.height) == (8, 8)
    (tmp_path / "a.csv").write_text(f"venue,price,score\n{ROWS}Total,40,4\n")
    said = import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"]).about["import"]["warnings"]
    assert said[0].startswith("a.csv: line 10 may be totals of the rows above")
