"""A scoring job gives the same results in any number of parts, from the worst data that a company may have."""

import json
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import forestall
from forestall.errors import InputError
from forestall.streaming.source import Source

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
RESULTS = ("scores", "contact_list.parquet", "rejected/interactions.parquet", "rejected/events.parquet",
           "rejected/feedback.parquet", "rejected/cells.parquet")  # fmt: skip


@pytest.fixture(scope="module")
def hostile(work, tmp_path_factory):
    """Return a data folder of 2,000 interactions with all that may be wrong, in parts of unlike types."""
    tables = forestall.read_tables(work.data)
    interactions = tables.interactions.head(2000).with_row_index("row")
    row = pl.col("row")
    interactions = interactions.with_columns(
        customer_id=pl.when(row % 7 > 0).then("customer_id"),
        price=pl.when(row == 1900).then(pl.lit("cheap")).otherwise(pl.col("price").cast(pl.String)),
        interaction_id=pl.when(row % 250 != 3).then("interaction_id"),
    ).drop("row")
    again = interactions[40:80].with_columns(
        customer_id=pl.lit("another"), started_at=pl.col("started_at") + timedelta(hours=1)
    )
    ids = interactions.select("interaction_id").drop_nulls()
    events = tables.events.join(ids, on="interaction_id", how="semi", maintain_order="left")
    events = events.with_row_index("row").with_columns(
        kind=pl.when(row % 911 != 5).then("kind").otherwise(pl.lit("two words")),
        interaction_id=pl.when(row % 1013 == 9)
        .then(pl.lit("orphan ") + pl.col("interaction_id"))
        .otherwise("interaction_id"),
        at=pl.when(row % 701 == 3).then(pl.col("at") - pl.duration(seconds=3)).otherwise("at"),
    )
    silent = ids.gather_every(60, offset=7)
    events = events.drop("row").join(silent, on="interaction_id", how="anti", maintain_order="left")
    feedback = tables.feedback.join(ids, on="interaction_id", how="semi", maintain_order="left")
    off_scale = pl.when(pl.int_range(pl.len()) % 97 == 1).then(9.0).otherwise("rating")
    feedback = pl.concat([feedback, feedback[20:30]]).with_columns(rating=off_scale)

    folder = tmp_path_factory.mktemp("hostile") / "data"
    for name in ("interactions", "events"):
        (folder / name).mkdir(parents=True)
    interactions.head(900).write_parquet(folder / "interactions" / "a.parquet")
    unlike = interactions.tail(1100).with_columns(
        started_at=pl.col("started_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"), tier=pl.lit("gold")
    )
    pl.concat([unlike, again.with_columns(
        started_at=pl.col("started_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ"), tier=pl.lit("none")
    )]).write_parquet(folder / "interactions" / "b.parquet")  # fmt: skip
    events.head(5000).write_parquet(folder / "events" / "a.parquet")
    events[5000:].with_columns(pl.col("at").dt.replace_time_zone(None).cast(pl.Datetime("ns"))).write_parquet(
        folder / "events" / "b.parquet"
    )
    feedback.write_parquet(folder / "feedback.parquet")
    exported = interactions["started_at"].sort()[1950]
    (folder / "about.json").write_text(json.dumps({"exported_at": exported.isoformat()}), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def in_parts(work, hostile, tmp_path_factory):
    """Return a function that scores the hostile data in a number of parts and returns the output."""
    made = {}

    def run(n, **options):
        key = (n, tuple(sorted(options.items())))
        if key not in made:
            out = tmp_path_factory.mktemp("out") / "out"
            how = {"contacts": 50, "run_id": "night", "scored_at": NOON, "max_rejected": 0.1, "reasons": True}
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Source, "n_parts", n)
                forestall.score(
                    work.champion, hostile, output=out, tracking_uri=work.tracking_uri, **how | options
                )
            made[key] = out
        return made[key]

    return run


def sorted_rows(path):
    """Return the rows of a result in an order that does not depend on the parts."""
    rows = pl.read_parquet(path / "*.parquet" if path.is_dir() else path)
    texts = [repr(row) for row in rows.rows()]
    return rows[sorted(range(rows.height), key=texts.__getitem__)]


@pytest.mark.parametrize("n", [2, 7])
@pytest.mark.parametrize("result", RESULTS)
def test_each_result_has_the_same_rows_in_any_number_of_parts(in_parts, n, result):
    whole, divided = (sorted_rows(in_parts(number) / result) for number in (1, n))
    assert whole.height > 0
    assert_frame_equal(divided, whole, check_exact=True)


@pytest.mark.parametrize("n", [2, 7])
def test_the_summary_and_the_page_are_the_same(in_parts, n):
    texts = [
        {name: (in_parts(number) / name).read_text(encoding="utf-8") for name in ("summary.json", "contact_list.html")}
        for number in (1, n)
    ]  # fmt: skip
    assert texts[0]["contact_list.html"] == texts[1]["contact_list.html"]
    whole, divided = (json.loads(one["summary.json"]) for one in texts)
    assert divided == whole
    assert whole["rejected_by_rule"].keys() == {"interactions", "events", "feedback", "cells"}
    assert {"duplicate_key", "no_interaction_id", "after_export"} <= whole["rejected_by_rule"][
        "interactions"
    ].keys()
    assert whole["abstained"] > 10


def test_a_time_gives_the_same_scores(in_parts, hostile):
    middle = forestall.read_tables(hostile, 1.0).interactions["started_at"].sort()[1500] + timedelta(
        seconds=30
    )
    for options in ({"as_of": middle.isoformat()}, {"as_of": middle.isoformat(), "all": True}):
        whole, divided = (in_parts(n, **options) for n in (1, 7))
        assert_frame_equal(sorted_rows(divided / "scores"), sorted_rows(whole / "scores"), check_exact=True)
        assert json.loads((divided / "summary.json").read_text()) == json.loads(
            (whole / "summary.json").read_text()
        )


def test_too_many_rejected_rows_are_the_same_error(in_parts):
    said = []
    for n in (1, 7):
        with pytest.raises(InputError) as error:
            in_parts(n, max_rejected=0.001)
        said.append(str(error.value))
    assert said[0] == said[1]
    assert "interactions lost" in said[0]
