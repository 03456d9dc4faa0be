"""What an import says where rows would be lost without a word: keys and words that are written otherwise."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from forestall.errors import UsageError
from forestall.importing import import_tables
from importing_texts import BASE, HEADER, TICKETS, import_texts

REVIEWED = (
    BASE + "tables: {reviews: {on: {order: Id}}}\nfeedback: {rating: reviews.score, rated_at: reviews.when}"
)
ROWS = ["1,2026-01-05 10:00,Closed,2026-01-05 11:00,3", "2,2026-01-05 10:00,ja,5/1/2026 12:00,4"]


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return partial(import_texts, tmp_path)


def warnings(tables: Any) -> str:
    return "\n".join(tables.about["import"]["warnings"])


@pytest.mark.parametrize("keys", [("0001", "0002"), ("#1", "#2"), ("1-", "2 -")], ids=str)
@pytest.mark.parametrize("joined", [True, False], ids=["joined", "rows"])
def test_keys_that_are_the_same_but_for_zeros_and_marks_stop_the_import(
    run: Any, keys: tuple[str, str], *, joined: bool
) -> None:
    reviews = ["order,score,when", *(f"{key},{n},2026-01-06 10:00" for n, key in enumerate(keys, start=4))]
    mapping = REVIEWED
    if not joined:
        mapping = mapping.replace("{rating: ", "{from: reviews, rating: ").replace("reviews.", "")
    with pytest.raises(UsageError, match=r"tables\.reviews\.on .* 2 of 2 are: write the keys alike"):
        run(
            mapping.replace("rated_at: reviews.", "rated_at: " if not joined else "rated_at: reviews."),
            TICKETS,
            reviews=reviews,
        )


def test_keys_of_a_column_of_numbers_with_gaps_are_whole_numbers(run: Any) -> None:
    reviews = ["order,score,when", "1.0,4,2026-01-06 10:00", ",1,", "2.0,5,2026-01-06 10:00"]
    assert run(REVIEWED, TICKETS, reviews=reviews).feedback["rating"].to_list() == [4.0, 5.0]


def test_of_versions_a_zero_stays(run: Any) -> None:
    reviews = ["order,score,when", "1.0,4,2026-01-06 10:00", "1.1,5,2026-01-06 10:00"]
    tables = run(
        REVIEWED, [TICKETS[0].replace("1,", "1.0,", 1), TICKETS[1].replace("2,", "1.1,", 1)], reviews=reviews
    )
    assert tables.feedback["rating"].to_list() == [4.0, 5.0]
    assert tables.interactions["interaction_id"].to_list() == ["1.0", "1.1"]


def test_what_a_join_loses_is_counted_and_said(run: Any) -> None:
    reviews = [
        "order,score,when",
        *(f"{key},{n},2026-01-06 10:00" for key, n in (("1", 4), ("1", 5), ("02", 2))),
    ]
    tables = run(REVIEWED, TICKETS, reviews=reviews)
    assert tables.feedback["rating"].to_list() == [4.0]
    counts = tables.about["import"]["counts"]
    assert counts["tables.reviews: rows of other records"] == 1
    assert counts["tables.reviews: further rows of a key"] == 1
    assert "1 of 1 keys without a partner would have one" in warnings(tables)
    assert "1 rows repeat a key with other values, and the first row" in warnings(tables)
    said = warnings(run(REVIEWED, TICKETS, reviews=["order,score,when", "A,4,2026-01-06 10:00"]))
    assert "none of its 1 keys is in both 'order' and 'Id'" in said


def test_a_word_that_no_row_has_is_said_if_some_have_nearly_the_same(run: Any) -> None:
    mapping = BASE + (
        "events: [{kind: closed, at: Changed, when: {column: Status, is: [Closd, solved]}}]\n"
        "leave_out: {column: Status, is: spam}"
    )
    tables = run(mapping, ROWS[:1])
    assert warnings(tables).startswith(
        "events[0].when: no row has the word 'Closd', but some have 'Closed', which is not named"
    )
    assert "solved" not in warnings(tables)
    assert tables.about["import"]["counts"]["events[0]: rows that meet 'when'"] == 0


def test_an_activity_in_other_case_is_said_since_the_mapping_is_exact(run: Any) -> None:
    mapping = (
        "event_log: {case: Id, activity: Status, timestamp: Opened, kinds: {closed: closed, Reopened: null}}"
    )
    assert "no row has the word 'closed', but some have 'Closed'" in warnings(run(mapping, ROWS[:1]))


def test_accents_may_be_marks_of_their_own(run: Any) -> None:
    decomposed = "1,2026-01-05 10:00,Re\u0301solu,2026-01-05 11:00,3"
    mapping = BASE + "events: [{kind: closed, at: Changed, when: {column: Status, is: résolu}}]\n"
    assert run(mapping, [decomposed]).events.height == 1
    mapping = BASE.replace("Opened}", "Opened, venue: {column: Status, values: {Résolu: done}}}")
    assert run(mapping, [decomposed]).interactions["venue"].to_list() == ["done"]


def test_conditions_and_orders_that_cannot_be_read_are_said(run: Any) -> None:
    mapping = BASE + "leave_out: Status\nnewest_by: Changed"
    rows = [ROWS[0].replace("Closed", "true"), ROWS[1], ROWS[1].replace("2,", "1,", 1).replace("ja", "true")]
    said = warnings(run(mapping, rows))
    assert "leave_out[0]: 1 rows hold neither true nor false ('ja'), and are not left out" in said
    assert "newest_by: 2 rows have a time that cannot be read, and count as the oldest of their key" in said
    only = BASE + "tables: {t: {on: {Id: Id}, only: Status, oldest_by: Changed}}\nkeep: [t.R]"
    said = warnings(run(only, TICKETS, t=[HEADER, *rows]))
    assert "tables.t.only: 1 rows hold neither true nor false ('ja'), and are not used" in said
    assert "count as the newest of their key" in said


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"data": {"items": [{"Id": 1, "Opened": "2026-01-05"}]}, "errors": []}', "{records: data.items}"),
        ('{"Id": {"0": 1}, "Opened": {"0": "2026-01-05"}}', "write it with orient='records'"),
        ('{"0": {"Id": 1, "Opened": "2026-01-05"}}', "write it with orient='records'"),
        ('{"columns": ["Id"], "index": [0], "data": [[1]]}', "write it with orient='records'"),
    ],
    ids=["page", "columns", "index", "split"],
)
def test_one_json_object_that_holds_all_records_is_an_error_that_says_how(
    content: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "m.yaml").write_text(BASE)
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(UsageError) as error:
        import_tables(tmp_path / "m.yaml", [tmp_path / "a.json"])
    assert message in str(error.value)


LIFECYCLE = [
    f"1,2026-01-05 1{n}:{m}0,{step},{word}"
    for n, step in enumerate(("Call", "Close"))
    for m, word in enumerate(("schedule", "START", "complete"))
]


def test_a_step_that_is_several_rows_is_said_until_the_mapping_uses_it(run: Any) -> None:
    mapping = "event_log: {case: Id, activity: Step, timestamp: Opened}\n"
    header = "Id,Opened,Step,lifecycle:transition"
    tables = run(mapping, LIFECYCLE, header=header)
    assert tables.events.height == 6
    line = "leave_out: {column: lifecycle:transition, is: [START, schedule]}"
    assert f"write '{line}'" in warnings(tables)
    tables = run(f"{mapping}{line}\n", LIFECYCLE, header=header)
    assert tables.events["kind"].to_list() == ["call", "close"]
    assert warnings(tables) == ""
    ended = [row for row in LIFECYCLE if row.endswith("complete")]
    assert warnings(run(mapping, ended, header=header)) == ""


@pytest.mark.parametrize(
    ("decimal", "cells", "kept"),
    [
        (".", ["12 %", "5 %"], [12.0, 5.0]),
        (".", ["$1,234.50", "7"], [1234.5, 7.0]),
        (".", ["100 200", "7"], ["100 200", "7"]),
        (".", ["007", "12"], ["007", "12"]),
        (".", ["(12)", "13"], ["(12)", "13"]),
        (".", ["1,5", "2"], ["1,5", "2"]),  # decimal commas that the mapping does not name
        (",", ["1.234,5", "0,5"], [1234.5, 0.5]),
        (",", ["1 234", "2"], [1234.0, 2.0]),
        (",", ["1.234", "2,5", "7", "unknown"], ["1234", "2.5", "7", "unknown"]),
        (",", ["1.234", "a", "b"], ["1.234", "a", "b"]),
    ],
    ids=str,
)
def test_a_kept_column_of_numbers_has_numbers(
    run: Any, decimal: str, cells: list[str], kept: list[Any]
) -> None:
    rows = [f'{i},2026-01-05 10:00,"{cell}"' for i, cell in enumerate(cells)]
    mapping = f"decimal: '{decimal}'\n{BASE}keep: [X]"
    assert run(mapping, rows, header="Id,Opened,X").interactions["X"].to_list() == kept


def test_keys_that_a_spreadsheet_shortened_and_amounts_in_several_currencies_are_said(run: Any) -> None:
    mapping = BASE.replace("interaction_id: Id", "interaction_id: Id, price: R")
    row = "{key},2026-01-05 10:00,x,2026-01-05 11:00,{price}"
    rows = [row.format(key="1.23E+12", price="$5"), row.format(key="2", price="€5")]
    said = warnings(run(mapping, rows))
    assert "column 'Id' has 1 keys in the form 1.23E+12" in said
    assert "several currencies (EUR, USD)" in said
    assert warnings(run(mapping, [row.format(key="1", price="$5"), row.format(key="2", price="5 USD")])) == ""
    assert run(BASE + "keep: [R]", rows).interactions["R"].to_list() == ["$5", "€5"]


def test_traces_of_one_name_are_said(tmp_path: Path) -> None:
    trace = (
        '<trace><string key="concept:name" value="c"/><event><string key="concept:name" value="A"/>'
        '<date key="time:timestamp" value="2026-01-05T10:00:00Z"/></event></trace>'
    )
    (tmp_path / "a.xes").write_text(f"<log>{trace}{trace}</log>")
    (tmp_path / "m.yaml").write_text(
        "event_log: {case: case:concept:name, activity: concept:name, timestamp: time:timestamp}"
    )
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.xes"])
    assert "a.xes: traces of one name: 1 traces have the name of another one" in warnings(tables)


def test_activities_that_differ_in_case_from_a_named_one_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("c,a,t\n1,Solved,2026-01-05 10:00\n2,SOLVED,2026-01-05 11:00\n")
    (tmp_path / "m.yaml").write_text(
        "event_log: {case: c, activity: a, timestamp: t, kinds: {Solved: resolved}}"
    )
    said = warnings(import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"]))
    assert "some rows have 'SOLVED' beside 'Solved', which is not named" in said


@pytest.mark.parametrize(
    ("rest", "is_cut"),
    [
        ("2,2026-01-05 10:00,4\n3,2026-0", True),
        ("2,2026-01-05 10:00,4\n3", True),
        ('2,2026-01-05 10:00,4\n3,"2026-0', True),
        ("3,2026-0\n2,2026-01-05 10:00,4\n", False),
        ("2,2026-01-05 10:00,4", False),
        ("2,2026-01-05 10:00,4\n", False),
    ],
)
def test_a_file_that_was_cut_off_is_said(tmp_path: Path, rest: str, *, is_cut: bool) -> None:
    """Of a transfer that broke off in the night, the job took what had come for all, and one rejected line told it."""
    (tmp_path / "a.csv").write_text("Id,Opened,R\n1,2026-01-05 10:00,5\n" + rest)
    (tmp_path / "m.yaml").write_text(BASE + "feedback: {rating: R}")
    said = warnings(import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv"], max_rejected=1))
    assert (
        "a.csv ends in line 4 with too few cells: if the file was cut off, rows are missing" in said
    ) == is_cut


def test_columns_that_stand_twice_or_that_a_file_lacks_are_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Id,Opened,R,R\n1,2026-01-05 10:00,4,5\n")
    (tmp_path / "b.csv").write_text("Id,Opened,Rating\n2,2026-01-05 10:00,3\n")
    (tmp_path / "m.yaml").write_text(BASE + "feedback: {rating: R}")
    said = warnings(import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv", tmp_path / "b.csv"]))
    assert "column 'R' stands twice, and the first counts; the second is called 'R (2)'" in said
    assert "b.csv has no column 'R', which other files have" in said
    (tmp_path / "m.yaml").write_text(
        BASE + "keep: [R, R (2), Rating]\nfile: {optional_columns: [R, R (2), Rating]}"
    )
    assert warnings(import_tables(tmp_path / "m.yaml", [tmp_path / "a.csv", tmp_path / "b.csv"])) == ""


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            BASE + "feedback: {rating: R}",
            "column 'R' must hold one value in each row, holds arrays; .* 'from: R'",
        ),
        (BASE + "keep: [R]", r"keep\.R: column 'R' must hold one value"),
        (BASE + "feedback: {rating: B}", "holds true and false; give the number of each under 'values'"),
        (BASE.replace("Opened", "Opened, is_commodity: W"), r"\('Ja', 'Nein'\); say which is which"),
    ],
)
def test_values_that_need_a_word_of_the_mapping_say_which(tmp_path: Path, mapping: str, message: str) -> None:
    row = '{"Id": %d, "Opened": "2026-01-05 10:00", "R": [4, 5], "B": true, "W": "%s"}'
    (tmp_path / "a.jsonl").write_text("\n".join((row % (1, "Ja"), row % (2, "Nein"))))
    (tmp_path / "m.yaml").write_text(mapping)
    with pytest.raises(UsageError, match=message):
        import_tables(tmp_path / "m.yaml", [tmp_path / "a.jsonl"])


def test_elements_that_are_no_objects_are_ratings_too(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"Id": 1, "Opened": "2026-01-05 10:00", "R": [4]}]')
    (tmp_path / "m.yaml").write_text(BASE + "feedback: {from: R, rating: value}")
    assert import_tables(tmp_path / "m.yaml", [tmp_path / "a.json"]).feedback["rating"].to_list() == [4.0]
