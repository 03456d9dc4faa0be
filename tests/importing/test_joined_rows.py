"""Which rows count, further tables, arrays, and what is kept of events."""

from functools import partial
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pytest

from forestall.errors import UsageError
from forestall.importing import import_tables
from importing_texts import BASE, EVENTS, HEADER, TICKETS, TWICE, at, import_texts


@pytest.fixture
def run(tmp_path: Path) -> Any:
    return partial(import_texts, tmp_path)


def test_of_rows_with_one_key_the_first_counts_with_its_events_and_its_rating(run: Any) -> None:
    tables = run(BASE + EVENTS, TWICE)
    assert tables.interactions["interaction_id"].to_list() == ["1", "2"]
    assert tables.events.filter(kind="closed")["at"].to_list() == [at(60), at(60)]
    assert tables.feedback["rating"].to_list() == [3.0, 4.0]
    assert tables.rejections.counts() == {"interactions": {"duplicate_key": 1}}
    assert tables.rejections.frames["interactions"]["line"].to_list() == [3]


def test_or_the_newest_and_the_older_ones_are_counted(run: Any) -> None:
    newest = [TWICE[1], TWICE[0], TWICE[2]]
    tables = run(BASE + EVENTS + "newest_by: Changed", newest)
    assert tables.feedback.sort("interaction_id")["rating"].to_list() == [3.0, 4.0]
    assert tables.rejections.counts() == {}
    assert tables.about["import"]["counts"]["older_rows"] == 1


def test_or_each_row_is_a_rating_of_one_interaction(run: Any) -> None:
    mapping = BASE + "feedback: {rating: R, rated_at: Changed, several: keep}"
    tables = run(mapping, TWICE)
    assert tables.interactions.height == 2
    assert tables.feedback.sort("interaction_id", "rated_at").rows() == [
        ("1", 5.0, at(30)),
        ("1", 3.0, at(60)),
        ("2", 4.0, at(60)),
    ]
    assert tables.rejections.counts() == {}


def test_a_section_without_keep_takes_one_row_beside_one_that_keeps_all(run: Any) -> None:
    rows = [f"{row},{n}" for n, row in enumerate(TWICE, start=1)]
    tables = run(
        BASE + "feedback: [{rating: R, rated_at: Changed, several: keep}, "
        "{rating: S, rated_at: {after: started_at, minutes: 5}}]",
        rows,
        header=f"{HEADER},S",
    )
    assert tables.feedback.sort("interaction_id", "rated_at").rows() == [
        ("1", 1.0, at(5)),
        ("1", 5.0, at(30)),
        ("1", 3.0, at(60)),
        ("2", 3.0, at(5)),
        ("2", 4.0, at(60)),
    ]


@pytest.mark.parametrize(
    "condition",
    ["{column: Status, is: [SPAM]}", "[{column: Status, is: spam}, {column: Status, is: merged}]"],
)
def test_rows_may_be_left_out_with_their_events_and_are_counted(run: Any, condition: str) -> None:
    tables = run(BASE + EVENTS + f"leave_out: {condition}", TICKETS)
    assert tables.interactions["interaction_id"].to_list() == ["1"]
    assert tables.events["interaction_id"].unique().to_list() == ["1"]
    assert tables.feedback["interaction_id"].to_list() == ["1"]
    assert tables.rejections.counts() == {}
    assert tables.about["import"]["counts"]["left_out"] == 1


REVIEWS = ["order,score,when", "1,5,2026-01-07 10:00", "1,2,2026-01-08 10:00", "9,1,2026-01-07 10:00"]


def test_a_further_table_is_joined_by_its_key(run: Any) -> None:
    mapping = (
        BASE
        + "tables: {reviews: {on: {order: Id}%s}}\nfeedback: {rating: reviews.score, rated_at: reviews.when}"
    )
    first = run(mapping % "", TICKETS, reviews=REVIEWS)
    assert first.feedback.select("interaction_id", "rating").rows() == [("1", 5.0)]
    newest = run(mapping % ", newest_by: when", TICKETS, reviews=REVIEWS)
    assert newest.feedback.select("interaction_id", "rating").rows() == [("1", 2.0)]
    assert newest.interactions.height == 2


def test_a_word_that_values_name_is_a_value_in_a_further_table_too(run: Any) -> None:
    values = "values: {none: 3, good: 5}"
    reviews = ["order,score", "1,None", "2,n/a"]
    tables = BASE + "tables: {reviews: {on: {order: Id}}}\n"
    joined = tables + f"feedback: {{rating: {{column: reviews.score, {values}}}}}"
    assert run(joined, TICKETS, reviews=reviews).feedback["rating"].to_list() == [3.0]
    of_rows = tables + f"feedback: {{from: reviews, rating: {{column: score, {values}}}}}"
    assert run(of_rows, TICKETS, reviews=reviews).feedback["rating"].to_list() == [3.0]


def test_keys_that_differ_in_blanks_are_one(run: Any) -> None:
    reviews = ["id,order,score", "a,1,5", 'b,"1 ",2', '"b ",2,4']
    joined = BASE + "tables: {reviews: {on: {order: Id}}}\nfeedback: {rating: reviews.score}"
    tables = run(joined, TICKETS, reviews=reviews)
    assert tables.feedback.select("interaction_id", "rating").rows() == [("1", 5.0), ("2", 4.0)]
    assert tables.rejections.counts() == {}
    keyed = BASE + "tables: {reviews: {on: {order: Id}, key: id}}\nfeedback: {from: reviews, rating: score}"
    tables = run(keyed, TICKETS[:1], reviews=[*reviews[:3], '"b ",1,4'], max_rejected=1.0)
    assert tables.about["import"]["counts"]["tables.reviews: rows that repeat a key"] == 1


CHANGES = [
    "ticket,when,field,by,minutes",
    "1,2026-01-05 10:10,In progress,ann,5",
    "2,2026-01-05 10:20,2nd level,bob,7",
    "2,soon,Closed,bob,1",
    "8,2026-01-05 10:20,Closed,bob,1",
]
FROM = (
    BASE + "tables: {changes: {on: {ticket: Id}}}\n"
    "events:\n"
    "  - {from: changes, kind: {column: field}, at: when, actor: staff, keep: [by, minutes, Status]}\n"
    "  - {from: changes, kind: served, at: {after: started_at, minutes: minutes}}\n"
    "keep: [R]\nknown_at: {R: 2nd_level}\n"
)


def test_each_row_of_a_further_table_is_an_event_with_columns_of_its_own(run: Any) -> None:
    tables = run(FROM, TICKETS, changes=CHANGES)
    changed = tables.events.filter(pl.col("kind") != "served")
    assert changed.select("interaction_id", "kind", "at", "by", "minutes", "Status").rows() == [
        ("1", "in_progress", at(10), "ann", 5.0, "new"),
        ("2", "2nd_level", at(20), "bob", 7.0, "spam"),
    ]
    served = tables.events.filter(kind="served").select("interaction_id", "at").rows()
    assert served == [("1", at(5)), ("2", at(7)), ("2", at(1))]
    assert tables.rejections.counts() == {"events": {"unreadable_time": 1}, "rows": {"orphan_row": 1}}
    assert tables.rejections.frames["rows"].rows() == [
        ("changes", 5, "orphan_row", "8,2026-01-05 10:20,Closed,bob,1")
    ]


def test_known_at_may_name_any_kind_that_occurs(run: Any) -> None:
    assert run(FROM, TICKETS, changes=CHANGES).about["known_at"] == {"R": "2nd_level"}
    with pytest.raises(
        UsageError, match=r"'known_at\.R' must be the kind of an event, did you mean '2nd_level'"
    ):
        run(FROM.replace("R: 2nd_level", "R: 2nd_levels"), TICKETS, changes=CHANGES)


def test_an_array_in_json_records_makes_events_too(tmp_path: Path) -> None:
    records = [
        {
            "id": 1,
            "t": "2026-01-05T10:00Z",
            "log": [{"kind": "Served", "at": "2026-01-05T10:05Z"}, {"kind": None}],
        },
        {"id": 2, "t": "2026-01-05T10:00Z", "log": []},
        {"id": 3, "t": "2026-01-05T10:00Z"},
    ]
    (tmp_path / "a.json").write_bytes(orjson.dumps(records))
    (tmp_path / "m.yaml").write_text(
        "interactions: {interaction_id: id, started_at: t}\nevents: [{from: log, kind: {column: kind}, at: at}]"
    )
    tables = import_tables(tmp_path / "m.yaml", [tmp_path / "a.json"])
    assert tables.interactions.height == 3
    assert tables.events.select("interaction_id", "at", "kind").rows() == [("1", at(5), "served")]


@pytest.mark.parametrize(
    ("mapping", "files", "message"),
    [
        (FROM, {}, "the mapping's table 'changes' must have a file; give it as changes=FILE"),
        (BASE, {"reviews": REVIEWS}, "'reviews=…' must name a table of the mapping's 'tables'"),
        (FROM.replace("at: when", "at: wen"), {"changes": CHANGES}, "no column 'wen'; did you mean 'when'"),
        (
            FROM.replace("from: changes", "from: change"),
            {"changes": CHANGES},
            "from must name a table .* did you mean",
        ),
        (
            FROM.replace("ticket: Id", "tickt: Id"),
            {"changes": CHANGES},
            "tables.changes.on must name a column",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_an_error(run: Any, mapping: str, files: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        run(mapping, TICKETS, **files)


def test_a_number_of_one_file_is_that_of_another(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text(
        BASE + "tables: {reviews: {on: {order: Id}}}\nfeedback: {rating: reviews.score}\n"
        "events: [{from: reviews, kind: message, at: {after: started_at}}]"
    )
    (tmp_path / "main.csv").write_text("\n".join([HEADER, *TICKETS]))
    reviews = pl.DataFrame({"order": [1.0, 2.0, None], "score": [5, 4, 3]})  # as pandas makes of a gap
    reviews.write_parquet(tmp_path / "reviews.parquet")
    tables = import_tables(
        tmp_path / "m.yaml", [tmp_path / "main.csv", f"reviews={tmp_path / 'reviews.parquet'}"], 1.0
    )
    assert tables.feedback.select("interaction_id", "rating").rows() == [("1", 5.0), ("2", 4.0)]
    assert tables.events["interaction_id"].to_list() == ["1", "2"]
